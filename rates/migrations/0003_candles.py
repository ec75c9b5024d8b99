"""Note when each rate was recorded, and fold all that is stored into candles."""

import django.db.models.deletion
import providers.fields
from django.db import migrations, models

# The key of a rate is a UUID of version 7: its first 48 bits are the millisecond in which it was recorded.
_RECORDED = """
UPDATE rates_rate SET recorded_at =
    to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
WHERE recorded_at IS NULL
"""
# An array would keep Django from inserting a run's rates column by column, and takes 30 bytes more.
_PATH_AS_TEXT = "ALTER TABLE rates_rate ALTER COLUMN path TYPE varchar(31) USING array_to_string(path, '/')"
_NEWEST_RUN = "UPDATE rates_runcounter SET recorded_at = (SELECT max(recorded_at) FROM rates_rate)"
_FOLD = """
INSERT INTO rates_candle (
    pair_id, interval, t, mid_o, mid_h, mid_l, mid_c, bid_o, bid_h, bid_l, bid_c, ask_o, ask_h, ask_l, ask_c,
    n, last_seq, recorded_at
)
SELECT pair_id, size.name, date_bin(size.span, as_of, '2001-01-01 00:00+00') AS bucket,
    (array_agg(mid ORDER BY seq))[1], max(mid), min(mid), (array_agg(mid ORDER BY seq DESC))[1],
    (array_agg(bid ORDER BY seq))[1], max(bid), min(bid), (array_agg(bid ORDER BY seq DESC))[1],
    (array_agg(ask ORDER BY seq))[1], max(ask), min(ask), (array_agg(ask ORDER BY seq DESC))[1],
    count(*), max(seq), max(recorded_at)
FROM rates_rate CROSS JOIN (VALUES
    ('1m', interval '1 minute'), ('5m', interval '5 minutes'), ('15m', interval '15 minutes'),
    ('1h', interval '1 hour'), ('4h', interval '4 hours'), ('1d', interval '1 day'), ('1w', interval '7 days')
) AS size (name, span)
GROUP BY pair_id, size.name, bucket
"""
_NOT_A_NUMBER = models.Func(output_field=models.DecimalField(), template="'NaN'::numeric")


def _rates(side):
    return [
        (f"{side}_{end}", providers.fields.RateField(decimal_places=30, max_digits=50)) for end in "ohlc"
    ]


def _within(side):
    condition = models.Q(
        (f"{side}_l__gt", 0),
        (f"{side}_l__lt", _NOT_A_NUMBER),
        (f"{side}_h__gt", 0),
        (f"{side}_h__lt", _NOT_A_NUMBER),
        (f"{side}_c__gte", models.F(f"{side}_l")),
        (f"{side}_c__lte", models.F(f"{side}_h")),
        (f"{side}_o__gte", models.F(f"{side}_l")),
        (f"{side}_o__lte", models.F(f"{side}_h")),
    )
    return models.CheckConstraint(condition=condition, name=f"candle_{side}_within")


class Migration(migrations.Migration):

    dependencies = [("rates", "0002_reference_rates")]

    operations = [
        # A large installation takes longer for this than a statement of the engine may; and rows that wait for
        # their foreign keys to be checked would stand in the way of altering their table.
        migrations.RunSQL(
            "SET LOCAL statement_timeout = 0; SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop
        ),
        migrations.AddField("runcounter", "recorded_at", models.DateTimeField(
            help_text="When the newest run was recorded.", null=True,
        )),
        migrations.AddField("rate", "recorded_at", models.DateTimeField(null=True)),
        migrations.RunSQL(_PATH_AS_TEXT, state_operations=[
            migrations.AlterField("rate", "path", models.CharField(
                help_text="The currencies gone through, as `AUD/USD/CAD`.", max_length=31,
            )),
        ]),
        migrations.RunSQL(_RECORDED, migrations.RunSQL.noop),
        migrations.RunSQL(_NEWEST_RUN, migrations.RunSQL.noop),
        migrations.AlterField("rate", "recorded_at", models.DateTimeField()),
        migrations.AddIndex("rate", models.Index(fields=["pair", "as_of", "seq"], name="rate_pair_as_of")),
        migrations.AddIndex("rate", models.Index(fields=["recorded_at"], name="rate_recorded")),
        migrations.CreateModel(
            name="Candle",
            fields=[
                ("pk", models.CompositePrimaryKey(
                    "pair", "interval", "t", blank=True, editable=False, primary_key=True, serialize=False,
                )),
                ("interval", models.CharField(max_length=3, choices=[
                    (name, name) for name in ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
                ])),
                ("t", models.DateTimeField()),
                *_rates("mid"),
                *_rates("bid"),
                *_rates("ask"),
                ("n", models.PositiveIntegerField()),
                ("last_seq", models.PositiveBigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("pair", models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="candles",
                    to="rates.pair",
                )),
            ],
            options={"constraints": [_within("mid"), _within("bid"), _within("ask")]},
        ),
        migrations.RunSQL(_FOLD, migrations.RunSQL.noop),
        # A candle is written as often as a price is published: with room beside it no index is touched.
        migrations.RunSQL("ALTER TABLE rates_candle SET (fillfactor = 60)", migrations.RunSQL.noop),
    ]
