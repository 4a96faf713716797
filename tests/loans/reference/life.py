"""Lives of the reference: section 7, event by event, each checkpoint from the very beginning."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from tests.loans.reference.book import BEFORE_ALL, ZERO, Book, Paid, Refused, Row, parse_day
from tests.loans.reference.money import COMPONENTS, rounded, written

MONEY_IN = (
    "repayment",
    "goodwill_credit",
    "merchant_refund",
    "payout_refund",
    "interest_waiver",
)
SHOWN = (*MONEY_IN, "payoff", "refund", "chargeback", "write_off", "charge_off", "re_age")
SHOWN_AS = {"principal": "principal", "interest": "interest", "fee": "fees", "penalty": "penalties"}
USUAL = [
    f"{timing}.{component}"
    for timing in ("past_due", "due", "in_advance")
    for component in ("penalty", "fee", "interest", "principal")
]


def nothing() -> dict[str, Fraction]:
    return dict.fromkeys(COMPONENTS, ZERO)


@dataclass
class Charge:
    on: date
    kind: str
    amount: Fraction
    row: int | None = None


@dataclass
class Done:
    """A transaction, with what is left of its overpayment."""

    event: object
    type: str
    on: date
    amount: Fraction
    parts: dict[str, Fraction] = field(default_factory=nothing)
    overpayment: Fraction = ZERO
    balance: Fraction = ZERO
    left: Fraction = ZERO


@dataclass
class State:
    """A row with what is due, paid and written off."""

    row: Row
    due: dict[str, Fraction]


def effective(event: dict) -> date:
    on = parse_day(event["date"])
    recorded = event.get("recorded_on")
    return min(on, parse_day(recorded)) if recorded else on


def live(events: list[dict]) -> list[bool]:
    """Which events still count, when each reversal has been obeyed."""
    by_id: dict = {}
    stands = [True] * len(events)
    by: dict[int, int] = {}
    for n, event in enumerate(events):
        if event["type"] == "reversal":
            target = by_id.get(event["target"])
            if target is None or not stands[target]:
                raise Refused("reversal")
            strike(target, stands, by, events)
            by[n] = target
        if event.get("id") is not None:
            if event["id"] in by_id:
                raise Refused("id used twice")
            by_id[event["id"]] = n
    return stands


def strike(target: int, stands: list[bool], by: dict[int, int], events: list[dict]) -> None:
    """Take an event out; a reversal taken out lets its own target stand again."""
    stands[target] = False
    if events[target]["type"] == "reversal":
        stands[by[target]] = True


def replay(request: dict) -> dict:
    """Answer a request of the operation ``replay``."""
    events, found = request["events"], []
    for n, event in enumerate(events):
        if event["type"] == "checkpoint":
            found.append(checkpoint(request["terms"], events[:n], event))
    folded(request["terms"], events)
    return {"checkpoints": found}


def folded(terms: dict, events: list[dict]) -> tuple["Life", list[dict]]:
    stands = live(events)
    order = sorted(range(len(events)), key=lambda n: (effective(events[n]), n))
    life = Life(terms)
    reversed_ones = []
    for n in order:
        event = events[n]
        if event["type"] in ("reversal", "end_of_day", "checkpoint"):
            continue
        if stands[n]:
            life.happen(event)
        elif event["type"] in SHOWN:
            reversed_ones.append(event)
    return life, reversed_ones


class Life:
    """A loan while its events take effect."""

    def __init__(self, terms: dict) -> None:
        self.terms = terms
        self.on_balance = (terms.get("interest_on") or "balance") == "balance"
        self.waterfall = terms.get("waterfall") or {}
        self.unit_text = terms.get("unit") or "0.01"
        self.own_date = terms.get("charges_due") == "own_date"
        self.book: Book | None = None
        self.charges: list[Charge] = []
        self.done: list[Done] = []
        self.is_charged_off = False
        self.written_off_on: date | None = None
        self.written_off: dict[tuple[int, str], Fraction] = {}

    def happen(self, event: dict) -> None:
        on, kind = parse_day(event["date"]), event["type"]
        amount = Fraction(event["amount"]) if event.get("amount") else ZERO
        if self.book is None:
            if kind != "drawdown":
                raise Refused("before the first drawdown")
            self.book = Book(self.terms, on, on_balance=self.on_balance)
        if kind == "drawdown":
            self.open_again(on)
            self.book.draw(on, amount)
        elif kind in ("rate_change", "extend", "move_due_date"):
            self.change(event, on)
        elif kind == "charge":
            self.charges.append(Charge(on, event.get("kind") or "fee", amount))
            self.settle_from_overpaid(self.charges[-1], on)
        elif kind in MONEY_IN or kind == "payoff":
            self.pay(event, on, None if kind == "payoff" else amount)
        elif kind in ("refund", "chargeback"):
            self.leave(event, on, amount)
        else:
            getattr(self, kind)(event, on)
        if self.done and kind in SHOWN:
            gone = sum((a for (_, c), a in self.written_off.items() if c == "principal"), ZERO)
            self.done[-1].balance = self.book.outstanding_principal() - gone

    def change(self, event: dict, on: date) -> None:
        """Change the plan; what is paid in the extra row follows what it was paid for."""
        book, extra = self.book, self.states(on)[-1].row
        old = book.n
        late = [back for back in book.backs if book.first_due(back[0], on_it=False) is None]
        since = book.change(event)
        if extra.number > old:
            self.follow_extra(late, extra, old)
        if since is not None:
            book.relevel(since)
        self.follow_charges(on)

    def follow_extra(self, late: list, extra: Row, old: int) -> None:
        book = self.book
        rest = book.first_due(extra.due_on, on_it=True) or book.n + 1
        rooms = [(book.first_due(day, on_it=False) or book.n + 1, dict(back)) for day, back in late]
        moved = [one for one in book.paid if one.row == old + 1]
        book.paid = [one for one in book.paid if one.row != old + 1]
        for one in moved:
            for k, room in [*rooms, (rest, {one.component: one.amount})]:
                used = min(one.amount, room[one.component])
                room[one.component] -= used
                one.amount -= used
                if used:
                    book.paid.append(replace(one, row=k, amount=used))

    def follow_charges(self, on: date) -> None:
        """What was paid on charges is on the rows that hold them now."""
        due = {state.row.number: state.due for state in self.states(on)}
        for kind in ("penalty", "fee"):
            for one in [paid for paid in self.book.paid if paid.component == kind]:
                for k, held in due.items():
                    here = self.book.paid_on(one.row, kind)
                    excess = here - due.get(one.row, nothing())[kind]
                    used = min(excess, held[kind] - self.book.paid_on(k, kind), one.amount)
                    if used > 0:
                        one.amount -= used
                        self.book.paid.append(replace(one, row=k, amount=used))
        self.book.paid = [paid for paid in self.book.paid if paid.amount]

    def open_again(self, on: date) -> None:
        """Rows that were closed because nothing was lent are open again: something is lent."""
        book = self.book
        later = [k for k in range(1, book.n + 1) if book.period(k)[2] > on]
        if any(k not in book.closed for k in later):
            return
        unused = [
            k for k in later if not book.paid_on(k, "principal") and not book.paid_on(k, "interest")
        ]
        for k in unused or later[-1:]:
            book.settled[k] = book.closed.pop(k)[0]

    # What is due.

    def view_day(self, day: date) -> date:
        day = day if self.book.on_balance else BEFORE_ALL
        return day if self.written_off_on is None else min(day, self.written_off_on)

    def row_of_charge(self, charge: Charge) -> int:
        if charge.row is not None:
            return charge.row
        return self.book.first_due(charge.on, on_it=True) or self.book.n + 1

    def states(self, day: date) -> list[State]:
        """All rows as seen on a day, with charges and what was charged back."""
        book = self.book
        rows = book.view(self.view_day(day))
        found = [
            State(row, {**nothing(), "principal": row.principal, "interest": row.interest})
            for row in rows
        ]
        late = [c.on for c in self.charges if self.row_of_charge(c) == book.n + 1]
        last_due = max(row.due_on for row in rows)
        late += [on for on, _ in book.backs if book.first_due(on, on_it=False) is None]
        if late:
            end, due_on = rows[-1].end, max(late)
            row = Row(book.n + 1, end, max(end, due_on), max(due_on, last_due))
            row.back = book.back_in(book.n + 1)
            found.append(State(row, {**nothing(), "principal": row.back["principal"]}))
        for charge in self.charges:
            found[self.row_of_charge(charge) - 1].due[charge.kind] += charge.amount
        for state in found:
            for component in ("interest", "fee", "penalty"):
                state.due[component] += state.row.back.get(component, ZERO)
        return found

    def finds(self, day: date) -> list[State]:
        """What a payment on a day finds (7.4); in a plan all that is planned."""
        states = self.states(day)
        book = self.book
        if not book.on_balance or self.written_off_on is not None:
            return states
        view = self.view_day(day)
        last_open = book.last_open()
        for state in states:
            row = state.row
            k = row.number
            if row.due_on <= day or k in book.closed or k > book.n:
                continue
            back_p, back_i = (row.back.get(c, ZERO) for c in ("principal", "interest"))
            paid_p, paid_i = (book.paid_on(k, c) for c in ("principal", "interest"))
            interest = ZERO
            if row.start < day:
                earned = book.earned(k, view, ZERO, until=view)
                interest = rounded(earned, book.unit, book.interest_rounding) + row.carried_in
            interest = max(interest + back_i, paid_i)
            kind, amount = book.planned(k)
            planned = amount if kind == "principal" else amount - (interest - back_i)
            state.due["interest"] = interest
            state.due["principal"] = max(planned + back_p, paid_p)
        if last_open and states[last_open - 1].row.due_on > day:
            elsewhere = sum(
                (
                    s.due["principal"] - book.paid_on(s.row.number, "principal")
                    for s in states
                    if s.row.number != last_open
                ),
                ZERO,
            )
            rest = book.outstanding_principal() - elsewhere + book.paid_on(last_open, "principal")
            due = states[last_open - 1].due
            due["principal"] = max(due["principal"], rest)
        return states

    # Money in.

    def pay(self, event: dict, on: date, amount: Fraction | None) -> None:
        states = self.finds(on)
        rule = self.waterfall.get(event["type"])
        rule = rule if rule is not None else self.waterfall.get("default") or {}
        if amount is None:
            rule = self.waterfall.get("default") or {}
            amount = self.payoff_figure(states, on, rule)
        walk = Walk(self, states, on, rule, amount)
        walk.go()
        paid = sum(walk.parts.values(), ZERO)
        left = amount - paid
        done = Done(event.get("id"), event["type"], on, paid + left, walk.parts, left, left=left)
        self.done.append(done)
        if self.book.on_balance and self.written_off_on is None:
            self.close(states, on)

    def payoff_figure(self, states: list[State], on: date, rule: dict) -> Fraction:
        """All that a payment of any size would settle."""
        before = list(self.book.paid)
        walk = Walk(self, states, on, {**rule, "surplus": "next_instalment"}, Fraction(10**80))
        walk.go()
        self.book.paid = before
        return sum(walk.parts.values(), ZERO)

    def close(self, states: list[State], on: date) -> None:
        book = self.book
        nothing_left = book.outstanding_principal() == 0
        for state in states:
            k = state.row.number
            if state.row.due_on <= on or k in book.closed or k > book.n:
                continue
            paid = {c: book.paid_on(k, c) for c in COMPONENTS}
            is_met = all(self.remaining(state, c) == 0 for c in COMPONENTS)
            if nothing_left or (is_met and sum(paid.values())):
                book.closed[k] = (
                    paid["principal"] - state.row.back.get("principal", ZERO),
                    paid["interest"] - state.row.back.get("interest", ZERO),
                )

    def remaining(self, state: State, component: str) -> Fraction:
        k = state.row.number
        gone = self.written_off.get((k, component), ZERO)
        return state.due[component] - self.book.paid_on(k, component) - gone

    def settle_from_overpaid(self, charge: Charge, seen: date) -> None:
        """Pay a new charge at once from money that payments before it left over."""
        row = self.states(seen)[self.row_of_charge(charge) - 1].row
        rest = charge.amount
        for done in self.done:
            moved = min(done.left, rest)
            if moved:
                self.book.paid.append(paid_into(row, done.on, charge.kind, moved))
                done.parts[charge.kind] += moved
                done.left -= moved
                done.overpayment -= moved
                rest -= moved

    def overpaid(self) -> Fraction:
        return sum((done.overpayment for done in self.done), ZERO)

    def use_overpaid(self, amount: Fraction) -> None:
        for done in self.done:
            used = min(done.left, amount)
            done.left -= used
            amount -= used

    # Money out.

    def leave(self, event: dict, on: date, amount: Fraction) -> None:
        book = self.book
        covered = min(self.overpaid(), amount)
        target = None
        if event["type"] == "chargeback" and event.get("target") is not None:
            found = [d for d in self.done if d.event == event["target"]]
            target = found[0] if found and found[0].type in (*MONEY_IN, "payoff") else None
        done = Done(event.get("id"), event["type"], on, amount, overpayment=-covered)
        self.use_overpaid(covered)
        if covered < amount:
            parts = nothing()
            rest = amount
            order = (self.waterfall.get("chargeback") or []) if target else []
            for component in order:
                parts[component] = min(rest, target.parts[component])
                rest -= parts[component]
            parts["principal"] += rest
            book.backs.append((on, parts))
            k = book.first_due(on, on_it=False) or book.n + 1
            # A row that has something new to pay is open again.
            if k in book.closed:
                book.settled[k] = book.closed.pop(k)[0]
            row = next(state.row for state in self.states(on) if state.row.number == k)
            left = covered
            done.parts = dict(parts)
            for component in dict.fromkeys([*order, "principal", *COMPONENTS]):
                used = min(left, parts[component])
                if used:
                    book.paid.append(paid_into(row, on, component, used))
                    done.parts[component] -= used
                    left -= used
        self.done.append(done)

    # Ends and new beginnings.

    def re_age(self, event: dict, on: date) -> None:
        book = self.book
        if not book.on_balance:
            if any(rate for _, rate in book.rates) or Fraction(self.terms.get("rate") or "0"):
                raise Refused("re-age of a plan with interest")
            book.on_balance = True
        rows = book.view(on)
        states = self.states(on)
        kept = [row for row in rows if row.due_on <= on]
        running = rows[len(kept)] if len(kept) < len(rows) else None
        owed = sum((s.due["interest"] for s in states[: len(kept)]), ZERO)
        owed += sum((s.due["interest"] for s in states[len(rows) :]), ZERO)
        m = len(kept)
        if kept and kept[-1].due_on == on:
            # The running row vanishes, and the first new one earns all of its time.
            owed += running.carried_in if running else ZERO
        elif running:
            m += 1
            earned = book.earned(running.number, on, ZERO, until=on)
            interest = rounded(earned, book.unit, book.interest_rounding) + running.carried_in
            interest += running.back.get("interest", ZERO)
            owed += max(interest, book.paid_on(m, "interest"))
            kept = [*kept, Row(m, running.start, on, on, back=running.back)]
        else:
            m += 1
            kept = [*kept, Row(m, kept[-1].end, on, on)]
        owed -= sum((p.amount for p in book.paid if p.component == "interest"), ZERO)
        open_principal = book.outstanding_principal()
        for paid in book.paid:
            paid.row = min(paid.row, m)
        book.history = {row.number: (row.start, row.end, row.due_on) for row in kept}
        book.n = m + event["instalments"]
        period = event.get("period") or {}
        book.every, book.period_unit = period.get("every") or 1, period.get("unit") or "month"
        book.listed, book.custom, book.cut = [], [], {}
        book.anchors = [(0, book.start), (m, on), (m + 1, parse_day(event["first_due_date"]))]
        book.method, book.balloon, book.no_principal, book.free = "level_payment", ZERO, 0, 0
        book.no_interest, book.capitalises_grace = 0, False
        book.carry_into = {m + 1: owed}
        book.flat = book.even = False
        book.settled = {j: a for j, a in book.settled.items() if j < m}
        book.back_rows = {}
        book.closed = {}
        for row in kept:
            back = book.back_in(row.number)
            paid_parts = {c: book.paid_on(row.number, c) for c in ("principal", "interest")}
            book.closed[row.number] = (
                paid_parts["principal"] - back["principal"],
                paid_parts["interest"] - back["interest"],
            )
        book.relevel(m + 1)
        done = Done(event.get("id"), "re_age", on, open_principal + owed)
        done.parts |= {"principal": open_principal, "interest": owed}
        self.done.append(done)

    def outstanding(self, day: date) -> dict[str, Fraction]:
        total = nothing()
        for state in self.states(day):
            for component in COMPONENTS:
                total[component] += self.remaining(state, component)
        return total

    def charge_off(self, event: dict, on: date) -> None:
        book = self.book
        self.is_charged_off = True
        behaviour = event.get("behaviour") or "regular"
        if behaviour != "regular":
            book.rates.append((on, ZERO))
        if behaviour == "accelerate" and on < book.period(book.n)[2]:
            k = book.first_due(on, on_it=True)
            for charge in self.charges:
                if k <= self.row_of_charge(charge) <= book.n:
                    charge.row = k
            for paid in book.paid:
                if paid.row <= book.n:
                    paid.row = min(paid.row, k)
            book.n = k
            book.cut[k] = on
            book.settled = {j: a for j, a in book.settled.items() if j < k}
            book.back_rows = {}
            book.history.pop(k, None)
            for closed in [one for one in book.closed if one >= k]:
                del book.closed[closed]
        parts = self.outstanding(on)
        done = Done(event.get("id"), "charge_off", on, sum(parts.values(), ZERO), parts)
        self.done.append(done)

    def write_off(self, event: dict, on: date) -> None:
        parts = self.outstanding(on)
        for state in self.states(on):
            for component in COMPONENTS:
                key = state.row.number, component
                gone = self.remaining(state, component)
                if gone:
                    self.written_off[key] = self.written_off.get(key, ZERO) + gone
        self.written_off_on = self.written_off_on or on
        done = Done(event.get("id"), "write_off", on, sum(parts.values(), ZERO), parts)
        self.done.append(done)


class Walk:
    """One payment on its way through the buckets."""

    def __init__(
        self, life: Life, states: list[State], on: date, rule: dict, amount: Fraction
    ) -> None:
        self.life, self.states, self.on = life, states, on
        self.order = rule.get("order") or USUAL
        self.surplus = rule.get("surplus") or "next_instalment"
        self.vertical = life.waterfall.get("direction") == "vertical"
        self.left = amount
        gone = sum((a for (_, c), a in life.written_off.items() if c == "principal"), ZERO)
        self.principal = life.book.outstanding_principal() - gone
        self.parts = nothing()

    def go(self) -> None:
        groups: list[tuple[str, list[str]]] = []
        for bucket in self.order:
            timing, component = bucket.split(".")
            if groups and groups[-1][0] == timing and not self.vertical:
                groups[-1][1].append(component)
            else:
                groups.append((timing, [component]))
        for timing, components in groups:
            open_ones = [state for state in self.states if self.room(state, timing, components)]
            if timing == "in_advance" and self.surplus == "spread":
                self.spread(open_ones, components)
                continue
            if timing == "in_advance" and self.surplus == "last_instalment":
                open_ones.reverse()
            for state in open_ones:
                self.give(state, timing, components, self.left)

    def room(self, state: State, timing: str, components: list[str]) -> Fraction:
        return sum((self.takes(state, timing, one) for one in components), ZERO)

    def takes(self, state: State, timing: str, component: str) -> Fraction:
        """How much of a component of a row is open in buckets of a timing."""
        due_on = state.row.due_on
        own = "past_due" if due_on < self.on else "due" if due_on == self.on else "in_advance"
        open_part = self.life.remaining(state, component)
        if self.life.own_date and own == "in_advance" and component in ("fee", "penalty"):
            k = state.row.number
            dated = sum(
                (
                    c.amount
                    for c in self.life.charges
                    if c.kind == component and c.on <= self.on and self.life.row_of_charge(c) == k
                ),
                ZERO,
            )
            dated = max(dated - self.life.book.paid_on(k, component), ZERO)
            if timing == "due":
                return min(open_part, dated)
            open_part -= min(open_part, dated)
        if own != timing:
            return ZERO
        if component == "principal":
            open_part = min(open_part, self.principal)
        return max(open_part, ZERO)

    def give(self, state: State, timing: str, components: list[str], most: Fraction) -> Fraction:
        """Give a row up to an amount; answers what it took."""
        given = ZERO
        for component in components:
            moved = min(self.takes(state, timing, component), most - given, self.left)
            if moved > 0:
                given += moved
                self.left -= moved
                self.parts[component] += moved
                if component == "principal":
                    self.principal -= moved
                self.life.book.paid.append(paid_into(state.row, self.on, component, moved))
        return given

    def spread(self, open_ones: list[State], components: list[str]) -> None:
        book = self.life.book
        while self.left and open_ones:
            share = rounded(self.left / len(open_ones), book.unit, book.rounding)
            shares = [share] * len(open_ones)
            shares[-1] += self.left - share * len(open_ones)
            moved = ZERO
            for state, part in zip(open_ones, shares, strict=True):
                moved += self.give(state, "in_advance", components, part)
            open_ones = [one for one in open_ones if self.room(one, "in_advance", components)]
            if not moved:
                return


def paid_into(row: Row, on: date, component: str, amount: Fraction) -> Paid:
    timing = (on > row.due_on) - (on < row.due_on)
    return Paid(on, row.number, component, amount, timing)


def checkpoint(terms: dict, events: list[dict], asked: dict) -> dict:
    """The state of a loan at a checkpoint (7.2)."""
    day = parse_day(asked["date"])
    life, struck = folded(terms, events)
    if life.book is None:
        raise Refused("nothing was drawn")
    book, unit = life.book, life.unit_text
    shown, balance = [], ZERO
    total = nothing()
    overdue: list[date] = []
    for state in life.states(day):
        k = state.row.number
        payments = [p for p in book.paid if p.row == k]
        paid = sum((p.amount for p in payments), ZERO)
        due = sum(state.due.values(), ZERO)
        gone = sum((life.written_off.get((k, c), ZERO) for c in COMPONENTS), ZERO)
        if due - paid - gone > 0 and state.row.due_on < day:
            overdue.append(state.row.due_on)
        for component in COMPONENTS:
            total[component] += state.due[component]
        drawn = sum((a for _, a in book.draws), ZERO)
        drawn = drawn if k >= book.n else book.drawn(state.row.end, included=False)
        balance = drawn + book.backs_of_rows(k) - total["principal"]
        amounts = {
            **{SHOWN_AS[c]: state.due[c] for c in COMPONENTS},
            "due": due,
            "paid": paid,
            "paid_in_advance": sum((p.amount for p in payments if p.timing < 0), ZERO),
            "paid_late": sum((p.amount for p in payments if p.timing > 0), ZERO),
            "written_off": gone,
            "outstanding": due - paid - gone,
        }
        shown.append((state.row, amounts, balance))
    names = list(shown[0][1])
    sums = {name: sum((one[1][name] for one in shown), ZERO) for name in names}
    overpaid = life.overpaid()
    status = "closed" if sums["outstanding"] == 0 else "active"
    status = "overpaid" if overpaid > 0 else status
    status = "written_off" if life.written_off_on else status
    return {
        "name": asked["name"],
        "date": day.isoformat(),
        "status": status,
        "charged_off": life.is_charged_off,
        "overpaid": written(overpaid, unit),
        "instalments": [
            {
                "number": row.number,
                "due_date": row.due_on.isoformat(),
                "days": row.days,
                **{name: written(amounts[name], unit) for name in names},
                "balance": written(balance, unit),
            }
            for row, amounts, balance in shown
        ],
        "totals": {name: written(amount, unit) for name, amount in sums.items()},
        "transactions": [
            *(transaction(one, unit) for one in life.done),
            *(struck_out(one, unit) for one in struck),
        ],
        "delinquency": delinquency(terms.get("delinquency") or {}, overdue, day),
    }


def transaction(one: Done, unit: str) -> dict:
    return {
        "event": one.event,
        "type": one.type,
        "date": one.on.isoformat(),
        "amount": written(one.amount, unit),
        **{SHOWN_AS[c]: written(one.parts[c], unit) for c in COMPONENTS},
        "overpayment": written(one.overpayment, unit),
        "balance": written(one.balance, unit),
        "reversed": False,
    }


def struck_out(event: dict, unit: str) -> dict:
    zeros = {name: written(ZERO, unit) for name in (*SHOWN_AS.values(), "overpayment", "balance")}
    return {
        "event": event.get("id"),
        "type": event["type"],
        "date": event["date"],
        "amount": written(Fraction(event.get("amount") or "0"), unit),
        **zeros,
        "reversed": True,
    }


def delinquency(terms: dict, overdue: list[date], day: date) -> dict:
    if not overdue:
        return {"days_past_due": 0, "bucket": None, "since": None}
    oldest = min(overdue)
    grace = terms.get("grace_days") or 0
    late = (day - oldest).days
    bucket_day = late - grace
    names = [
        one["name"]
        for one in terms.get("buckets") or []
        if one["from_day"] <= bucket_day
        and (one.get("to_day") is None or bucket_day <= one["to_day"])
    ]
    return {
        "days_past_due": late,
        "bucket": names[0] if names else None,
        "since": (oldest + timedelta(days=grace)).isoformat() if bucket_day > 0 else None,
    }
