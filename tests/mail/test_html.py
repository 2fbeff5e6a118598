import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.html import charset_in, visible_text

HIDDEN = [
    '<div style="display:none">SECRET</div>',
    '<div style="DISPLAY : none !important">SECRET</div>',
    '<span style="visibility:hidden">SECRET</span>',
    '<span style="opacity:0">SECRET</span>',
    '<span style="font-size:0">SECRET</span>',
    '<span style="font-size:0px">SECRET</span>',
    '<span style="font-size:1px">SECRET</span>',
    '<span style="font-size:0.01em">SECRET</span>',
    '<font size="0">SECRET</font>',
    '<font color="white">SECRET</font>',
    '<font color="#FFFFFF">SECRET</font>',
    '<span style="color:#fff">SECRET</span>',
    '<span style="color:#fefefe">SECRET</span>',
    '<span style="color:rgb(255, 255, 255)">SECRET</span>',
    '<span style="color:rgba(0,0,0,0)">SECRET</span>',
    '<span style="color:transparent">SECRET</span>',
    '<table bgcolor="#000000"><tr><td>SECRET</td></tr></table>',
    '<div style="background:#123456"><b style="color:#123456">SECRET</b></div>',
    '<div style="max-height:0;overflow:hidden">SECRET</div>',
    '<div style="height:0px; overflow: hidden">SECRET</div>',
    '<div style="text-indent:-9999px">SECRET</div>',
    '<div style="position:absolute;left:-5000px">SECRET</div>',
    '<div style="mso-hide:all">SECRET</div>',
    "<div hidden>SECRET</div>",
    "<style>.x{color:red}.y , p.z{display:none}</style><p class='a z'>SECRET</p>",
    "<style>#s{font-size:0}</style><p id=s>SECRET</p>",
    "<script>SECRET</script>",
    "<style>SECRET</style>",
    "<title>SECRET</title>",
    "<!-- SECRET -->",
    "<template>SECRET</template>",
    "<noscript>SECRET</noscript>",
    "<textarea>SECRET</textarea>",
    "<select><option>SECRET</option></select>",
    '<img alt="SECRET" src="cid:x">',
    '<div style="display:none"><div style="display:block"><b>SECRET</b></div></div>',
]

SHOWN = [
    "<p>SHOWN</p>",
    '<div style="color:#fff;background-color:#000">SHOWN</div>',
    '<body bgcolor="#202020" text="#ffffff"><p>SHOWN</p></body>',
    '<table background="x.png"><tr><td style="color:#fff">SHOWN</td></tr></table>',
    '<div style="background:url(x.png);color:white">SHOWN</div>',
    '<span style="font-size:10px;color:#333">SHOWN</span>',
    '<div style="height:0">SHOWN</div>',  # without overflow:hidden the text is seen
    '<div style="display:none">no</div>SHOWN',
    '<div style="color:var(--x)">SHOWN</div>',
    "<style>@media print{.x{display:none}}</style><p class=x>SHOWN</p>",
    "<style>.x .y{display:none}</style><p class=x>SHOWN</p>",
    '<font color="gray">SHOWN</font>',
    "<p>SHOWN",
    "SHOWN",
    "<p/><td>SHOWN</table></b>",
]


@pytest.mark.parametrize("html", HIDDEN)
def test_hidden_html_is_not_read(html: str) -> None:
    text = visible_text(f"<p>before</p>{html}<p>after</p>")
    assert "SECRET" not in text
    assert "before" in text
    assert "after" in text


@pytest.mark.parametrize("html", SHOWN)
def test_visible_html_is_read(html: str) -> None:
    assert "SHOWN" in visible_text(html)


@pytest.mark.parametrize(
    "html, text",
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n* b"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<p>mine</p><blockquote type=cite>yours<br>again<blockquote>ours</blockquote></blockquote><p>mine</p>",
         "mine\n\n> yours\n> again\n> > ours\n\nmine"),
        ('<blockquote style="margin:0 0 0 40px;border:none">indented</blockquote>', "indented"),
        ("<p>&lt;b&gt; &amp; &auml;</p>", "<b> & ä"),
        ("", ""),
        ("   ", ""),
        ("<p></p>", ""),
    ],
)  # fmt: skip
def test_the_layout_stays_readable(html: str, text: str) -> None:
    assert visible_text(html) == text


def test_a_sender_cannot_write_our_marks_himself() -> None:
    assert visible_text("<p>\ue0f1one</p><p>two\ue0f2</p>") == "one\n\ntwo"


@pytest.mark.parametrize("depth", [130, 300, 3000])
def test_deep_nesting_costs_no_stack(depth: int) -> None:
    text = visible_text("<p>top</p>" + "<div>" * depth + "deep" + "</div>" * depth)
    assert text.startswith("top")


def test_half_a_megabyte_of_tags_is_read_in_seconds() -> None:
    started = time.process_time()
    visible_text("<div style='color:#111'><b>x</b>" * 15_000)
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "content, charset",
    [
        (b'<meta charset="utf-8">', "utf-8"),
        (b'<META http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b"<p>none</p>", ""),
    ],
)
def test_a_document_names_its_charset(content: bytes, charset: str) -> None:
    assert charset_in(content) == charset


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from("<>/=\"' abpdivstyle:;{}#!-&x0\0\ue0f1é")))
def test_no_html_raises(html: str) -> None:
    assert isinstance(visible_text(html), str)
