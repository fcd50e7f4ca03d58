"""The drawing shows every node and arrow, and no box covers another."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from xml.parsers import expat

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.flow.arrows import arrows_of
from gateway.domain.flow.definition import Flow, SayNode
from gateway.domain.flow.drawing import to_mermaid, to_svg
from gateway.domain.flow.layout import lay_out
from gateway.domain.flow.wording import Speech
from gateway.domain.languages import Language

ARCS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), unique=True, max_size=20)
WIDTHS = dict(zip("abcdefgh", (40.0, 200.0, 90.0, 10.0, 300.0, 40.0, 40.0, 120.0), strict=True))
SLOT = 30.0


def texts_of(svg: str) -> list[str]:
    """The text of every element of a well-formed SVG."""
    texts = [""]
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _name, _attributes: texts.append("")
    parser.CharacterDataHandler = lambda text: texts.append(texts.pop() + text)
    parser.Parse(svg, True)
    return [text.strip() for text in texts]


def test_mermaid_shows_every_node_and_arrow(flow: Flow) -> None:
    """Each node and each way from one to another has its line."""
    drawn = to_mermaid(flow).splitlines()

    assert drawn[0] == "flowchart TD"
    for name in flow.nodes:
        assert sum(line.strip().startswith((f"{name}[", f"{name}(", f"{name}{{")) for line in drawn) == 1
    for arrow in arrows_of(flow):
        assert any(
            line.startswith(f"  {arrow.source} -") and line.endswith(f" {arrow.target}") for line in drawn
        )
    assert any("非常满意请按1" in line for line in drawn)


def test_svg_shows_every_node_with_its_words(flow: Flow) -> None:
    """The drawing is well-formed, names every node and says what is said."""
    texts = texts_of(to_svg(flow))

    assert set(flow.nodes) <= set(texts)
    assert "谢谢您，再见。" in texts
    assert "any rating is bad" in texts


def test_markup_in_a_prompt_stays_text(flow: Flow) -> None:
    """Angle brackets, quotes and bars in a prompt do not break either drawing."""
    wording = flow.wordings["sorry"]
    speech = Speech('<b>"|#&', Language.CHINESE)
    spoken = replace(wording, speeches={**wording.speeches, Language.CHINESE: speech})
    marked = replace(flow, wordings={**flow.wordings, "sorry": spoken})

    assert '<b>"|#&' in texts_of(to_svg(marked))
    assert "#lt;b#gt;#quot;#124;#35;&" in to_mermaid(marked)


def test_reserved_words_of_mermaid_are_dodged(flow: Flow) -> None:
    """A node named `end`, which Mermaid would take for its own word, is drawn under another id."""
    nodes = {**flow.nodes, "end": SayNode("end", ("sorry",), "thanks")}

    assert '  end_["end<br/>' in to_mermaid(replace(flow, nodes=nodes))
    assert "  end_ --> thanks" in to_mermaid(replace(flow, nodes=nodes))


@given(ARCS)
def test_boxes_do_not_touch_and_arrows_run_down(arcs: list[tuple[str, str]]) -> None:
    """In any graph the boxes of a layer keep apart; without rounds every arrow leads to a lower layer."""
    layout = lay_out("a", "abcdefgh", arcs, WIDTHS, SLOT)
    width = {name: WIDTHS.get(name, SLOT) for layer in layout.layers for name in layer}
    for layer in layout.layers:
        for left, right in pairwise(layer):
            assert layout.x[right] - layout.x[left] >= (width[left] + width[right]) / 2 - 1e-6
    depth = {name: number for number, layer in enumerate(layout.layers) for name in layer}
    if all(source < target for source, target in arcs):
        assert all(depth[source] < depth[target] for source, target in arcs)
    assert set(layout.chains) == {arc for arc in arcs if arc[0] != arc[1]}


def test_round_is_drawn(flow: Flow) -> None:
    """A flow that goes round, which its author wants to see, is drawn all the same."""
    loop = replace(flow, nodes={**flow.nodes, "bad_heard": SayNode("bad_heard", ("sorry",), "judged")})

    assert "bad_heard" in texts_of(to_svg(loop))
