"""Texts that a spreadsheet might take for formulas, or that break a writer of files."""

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
TWINS = ("\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\ufe62", "\ufe63", "\ufe6b", "\u2212")
BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.test";"go")', "SUM(A1:A9)")
PREFIXES = (" ", "\u00a0", "\ufeff", "\u200b", "\u2003", "\x00", "\t")

HOSTILE = (
    *(f"{sign}{body}" for sign in SIGNS for body in BODIES),
    *(f"{sign}1+1" for sign in TWINS),
    *(f"{before}=1+1" for before in PREFIXES),
    *("=", "+", "-", "@", "-1", "+49 30 1", "@here", "-=1", "=1;=2", "=1\n=2", "=\u4e2d"),
)
STRANGE = (
    *("#set page(fill: red)", "$x$ *bold* _it_ `raw` \\ @label <label>", "<script>", "a\x01b"),
    *(
        "\u202eevil",
        "\U0001f4b0",
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ),
    *(
        "=" + "A" * 40_000,
        "'=1",
        "",
        " ",
        "1e400",
        "NaN",
        "{}",
        "a,b;c\td",
        'a"b',
        '"=1"+',
        "a\r\nb",
    ),
)
