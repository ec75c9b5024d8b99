"""Read of the quarantine what deciding heeds: a jump that staff dismissed is not among it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("providers", "0006_transition_by")]

    operations = [
        migrations.RemoveIndex(model_name="quarantinedtick", name="quarantine_standing"),
        migrations.AddIndex(
            model_name="quarantinedtick",
            index=models.Index(
                condition=models.Q(
                    ("state", "released"),
                    models.Q(("reason", "jump"), ("state", "held")),
                    _connector="OR",
                ),
                fields=["provider"],
                name="quarantine_standing",
            ),
        ),
    ]
