"""Gather what a decision is made from, out of the tables, and decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import localcontext
from itertools import groupby
from operator import attrgetter

from django.conf import settings

from providers.adapters.base import Tick
from providers.models import Provider, QuarantinedTick
from providers.quarantine import Refused, State
from providers.services import newest_ticks
from rates.case import Case, Held, Last, Pegged, Rules, Terms
from rates.hours import last_traded
from rates.models import LastDecision, Override, Pair
from rates.pegs import Peg, fixed_between, peg_of
from rates.price import EXACT, ONE, ORDERED, PIVOT, Decision, Sides, Source, orient, publish
from rates.pricing import SUSPECT, hear, settled
from rates.rebase import rebase, stated


@dataclass(frozen=True)
class Verdicts:
    """What was decided, by currency or symbol, and which ticks staff should see."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def decide_all(
    currencies: Iterable[str], providers: Sequence[Provider], now: datetime
) -> dict[str, Decision]:
    """Decide currencies against the pivot from the newest ticks of all sources, and pairs set to `direct`."""
    return judge_all(currencies, providers, now).decisions


def judge_all(currencies: Iterable[str], providers: Sequence[Provider], now: datetime) -> Verdicts:
    """Decide currencies, and the pairs between them that staff took out of the rule, each by its terms."""
    wanted = set(currencies)
    pegs = {code: peg for code in wanted if (peg := peg_of(code, now.date()))}
    return _Bench(providers, now, wanted, pegs).judge()


class _Bench:
    """All that the decisions of one run share, read once."""

    def __init__(
        self, providers: Sequence[Provider], now: datetime, wanted: set[str], pegs: Mapping[str, Peg]
    ) -> None:
        self.wanted, self.pegs, self.anchors = wanted, pegs, {peg.anchor for peg in pegs.values()}
        self.now, self.traded = now, now if settings.FX_DEMO else last_traded(now)
        self.rules = {p.key: _rules(p) for p in providers}
        self.ticks = newest_ticks(providers, wanted | self.anchors | {PIVOT})
        self.said = _said(self.ticks)
        self.terms = _terms(now)
        self.last = {row.subject: _last(row) for row in LastDecision.objects.all()}
        self.held = _held(providers, now)
        self.verdicts = Verdicts()

    def judge(self) -> Verdicts:
        """Decide anchors of pegs before what hangs on them, and single pairs by themselves."""
        for code in [*sorted(self.anchors), *sorted(self.wanted - self.anchors)]:
            if code != PIVOT:
                heard, pair = [each[code] for each in self.said if code in each], orient(code, PIVOT)
                self._decide(code, pair, heard, _pegged(self.pegs.get(code), self.verdicts.decisions, pair))
        for (base, quote), (_, is_alone) in self.terms.items():
            if is_alone and {base, quote} <= self.wanted:
                own, peg = _own(self.ticks, base, quote), _fixed(base, quote, self.now.date())
                self._decide(f"{base}/{quote}", (base, quote), own, peg)
        return self.verdicts

    def _decide(
        self, subject: str, pair: tuple[str, str], heard: Collection[Source], peg: Pegged | None
    ) -> None:
        """Decide one currency or pair, and note what was suspect in it."""
        terms, _ = self.terms.get(pair, (Terms(), False))
        case = Case(
            *pair,
            tuple(heard),
            {source.provider: self.rules[source.provider] for source in heard},
            self.now,
            self.traded,
            terms,
            self.last.get(subject, Last()),
            {s.provider: held for s in heard if (held := self.held.get((s.provider, *pair)))},
            peg,
        )
        judged = hear(case)
        if decision := settled(case, judged):
            self.verdicts.decisions[subject] = decision
        self.verdicts.refused.extend(_refused(case, source) for source in judged if source.reason in SUSPECT)


def _own(ticks: Iterable[Tick], base: str, quote: str) -> Collection[Source]:
    """State each source's newest tick of this very pair, whichever way round it was said."""
    own = [tick for tick in ticks if {tick.base, tick.quote} == {base, quote}]
    return {t.provider: stated(t, base) for t in sorted(own, key=lambda t: t.as_of)}.values()


def _rules(provider: Provider) -> Rules:
    speaker = provider.adapter
    return Rules(provider.priority, provider.max_age, provider.weight, speaker.daily, speaker.echoes)


def _terms(now: datetime) -> dict[tuple[str, str], tuple[Terms, bool]]:
    """Map pairs to their terms, and to whether they are decided by themselves, without the pivot."""
    overrides: dict[int, Override] = {each.pair_id: each for each in Override.objects.in_force(now)}
    found = {}
    for pair in Pair.objects.all():
        manual = overrides[pair.pk].sides if pair.pk in overrides else None
        is_alone = PIVOT not in (pair.base_id, pair.quote_id) and (pair.direct or manual is not None)
        found[pair.base_id, pair.quote_id] = (pair.terms(manual), is_alone)
    return found


def _last(row: LastDecision) -> Last:
    return Last(row.mid, row.as_of, row.ordered_until, row.alone)


def _held(providers: Sequence[Provider], now: datetime) -> Mapping[tuple[str, str, str], list[Held]]:
    """Map source and pair to what deciding heeds of the quarantine."""
    keys = {provider.pk: provider.key for provider in providers}
    found: dict[tuple[str, str, str], list[Held]] = defaultdict(list)
    for row in QuarantinedTick.objects.standing(now).filter(provider__in=keys):
        held = Held(row.level, row.as_of, row.times, row.state == State.RELEASED)
        found[keys[row.provider_id], row.base, row.quote].append(held)
    return found


def _pegged(peg: Peg | None, decisions: Mapping[str, Decision], pair: tuple[str, str]) -> Pegged | None:
    """Say what a currency is worth by its peg, in market orientation. None while its anchor has no price."""
    if peg is None or (peg.anchor != PIVOT and peg.anchor not in decisions):
        return None
    anchor = decisions.get(peg.anchor)
    with localcontext(EXACT):
        per = EXACT.divide(peg.per_anchor.numerator, peg.per_anchor.denominator)
        worth = anchor.in_pivot() if anchor else Sides(ONE, ONE, ONE)
        sides = worth.per(Sides(per, per, per))
        return Pegged(sides.inverse() if pair[0] == PIVOT else sides, per, anchor)


def _fixed(base: str, quote: str, on: date) -> Pegged | None:
    """Say what a pair that is decided by itself is worth by pegs. None where none joins it."""
    fixed = fixed_between(base, quote, on)
    if fixed is None:
        return None
    per = EXACT.divide(fixed.numerator, fixed.denominator)
    return Pegged(Sides(per, per, per), per)


def _refused(case: Case, source: Source) -> Refused:
    """State what was suspect as a tick of the pair that was decided."""
    bid, ask = (None if side is None else publish(side) for side in (source.sides.bid, source.sides.ask))
    tick = Tick(
        source.provider,
        case.base,
        case.quote,
        publish(source.sides.mid),
        source.as_of,
        source.as_of_basis,
        source.received_at,
        bid,
        ask,
    )
    reason = source.reason or ""
    return Refused(tick, reason, case.decided_at if reason == "jump" else None)


def _said(ticks: Iterable[Tick]) -> list[dict[str, Source]]:
    """Rebase each source's ticks: only ticks of one moment may be divided by each other.

    Of one moment are those of one poll, and those stated for the same time: what a table that has not changed
    said first stays with the poll it came in, and a currency asked for later comes in another.
    """
    ticks = list(ticks)
    newest: dict[str, dict[str, Source]] = {}
    for moment in (attrgetter("provider", "as_of"), attrgetter("provider", "received_at")):
        for (provider, _), group in groupby(sorted(ticks, key=moment), moment):
            newest.setdefault(provider, {}).update(rebase(group))
    return list(newest.values())


def heard_of(base: str, quote: str, ticks: Iterable[Tick]) -> list[Source]:
    """State what each source said of a currency against the pivot, or of a pair by itself."""
    if PIVOT not in (base, quote):
        return list(_own(ticks, base, quote))
    currency = quote if base == PIVOT else base
    return [sources[currency] for sources in _said(ticks) if currency in sources]


def remember(decisions: Iterable[Decision]) -> None:
    """Keep what was decided as what the next ticks are judged by; one row each, in one order."""
    rows = [_remembered(decision) for decision in decisions]
    for are_ordered in (False, True):
        columns = ["ordered_until"] if are_ordered else ["mid", "as_of", "alone"]
        LastDecision.objects.bulk_create(
            sorted((row for row in rows if (row.mid is None) is are_ordered), key=lambda row: row.subject),
            update_conflicts=True,
            unique_fields=["subject"],
            update_fields=columns,
        )


def _remembered(decision: Decision) -> LastDecision:
    """Write a decision down: a price by order is no witness of the market, but time goes on from it."""
    if decision.method in ORDERED:
        return LastDecision(subject=decision.currency, ordered_until=decision.as_of)
    used = [source.provider for source in decision.sources if source.used]
    alone = used[0] if len(used) == 1 else ""
    return LastDecision(subject=decision.currency, mid=decision.mid, as_of=decision.as_of, alone=alone)
