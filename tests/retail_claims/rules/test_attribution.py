"""Attribution: half-open intervals, the best class of several, every instrument."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from retail_claims.rules import attribution
from retail_claims.rules.attribution import Incident, Span

RATES = {"market": Fraction(2, 5), "fault": Fraction(1), "also": Fraction(1)}


def test_the_best_class_is_the_highest_rate_then_the_smaller_id():
    assert attribution.ranks(RATES) == {"also": 0, "fault": 1, "market": 2}


def test_an_incident_is_on_from_its_start_to_just_before_its_end():
    spans = attribution.spans([Incident("BTC", 10, 20, "fault")], attribution.ranks(RATES))
    assert spans == [Span("BTC", 10, 1), Span("BTC", 20, None)]


def test_where_incidents_overlap_the_best_one_counts():
    incidents = [Incident("BTC", 0, 30, "market"), Incident("BTC", 10, 20, "fault")]
    spans = attribution.spans(incidents, attribution.ranks(RATES))
    assert spans == [
        Span("BTC", 0, 2),
        Span("BTC", 10, 1),
        Span("BTC", 20, 2),
        Span("BTC", 30, None),
    ]


INCIDENTS = st.lists(
    st.tuples(st.sampled_from("AB*"), st.integers(0, 30), st.integers(1, 20)).flatmap(
        lambda t: st.sampled_from(sorted(RATES)).map(lambda c: Incident(t[0], t[1], t[1] + t[2], c))
    ),
    max_size=8,
)


@given(INCIDENTS, st.integers(0, 55), st.sampled_from("AB"))
def test_spans_say_what_looking_at_every_incident_says(incidents, moment, instrument):
    ranks = attribution.ranks(RATES)
    plain = [
        ranks[one.class_id]
        for one in incidents
        if one.instrument in (instrument, "*") and one.starts_at <= moment < one.ends_at
    ]
    by_spans = []
    for name in (instrument, "*"):
        before = [
            span
            for span in attribution.spans(incidents, ranks)
            if span.instrument == name and span.starts_at <= moment
        ]
        if before and before[-1].rank is not None:
            by_spans.append(before[-1].rank)
    assert min(by_spans, default=None) == min(plain, default=None)
