"""Keep who moved a breaker apart from why: everybody may read the reason."""

from django.db import migrations, models

PART = """
UPDATE providers_breakertransition SET
    by = left(regexp_replace(reason, '^(held|reset) by (.*?)(: a new key)?$', '\\2'), 150),
    reason = CASE WHEN reason LIKE '%: a new key' THEN 'a new key' ELSE split_part(reason, ' ', 1) || ' by staff' END
WHERE reason ~ '^(held|reset) by '
"""


class Migration(migrations.Migration):

    dependencies = [("providers", "0005_quarantine_and_weight")]

    operations = [
        migrations.AddField(
            model_name="breakertransition",
            name="by",
            field=models.CharField(blank=True, default="", max_length=150),
            preserve_default=False,
        ),
        migrations.RunSQL(PART, migrations.RunSQL.noop),
    ]
