"""Serve HTTP and WebSockets, with the hub of this process beside them."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fxengine.settings")
_http = get_asgi_application()

from fxengine.bodies import BoundedBodies  # noqa: E402  (Django must be set up first)
from fxengine.lifespan import Lifespan  # noqa: E402
from streaming.hub import hub  # noqa: E402
from streaming.routing import websocket_urlpatterns  # noqa: E402

_routes = {"http": BoundedBodies(_http), "websocket": URLRouter(websocket_urlpatterns)}
application = Lifespan(ProtocolTypeRouter(_routes), hub.start, hub.stop)
