"""Remember on which source alone a price rested: a correction of its own is no jump."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("rates", "0004_terms_and_orders")]

    operations = [
        migrations.AddField(
            model_name="lastdecision", name="alone", field=models.CharField(default="", max_length=50)
        ),
    ]
