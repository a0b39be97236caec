"""The part of the worksheet that these tests answer."""

YEAR = 2026
WORKSHEET = "zi.planning.worksheet.v1"
ITEMS = [
    ("A.I.1.i.b", "ABC"), ("A.I.1.ii.b", "ABC"), ("A.I.1.ii.c", "ABC"), ("A.I.1.iii.a", "ABCD"),
    ("A.I.1.iii.b", "ABCD"), ("A.I.2.i.b", "ABCDE"), ("A.I.2.ii.a", "ABC"), ("A.I.3.i.b", "ABCD"),
    ("A.II.1.ii.a", "ABCDE"), ("A.II.4.ii.a", "ABCD"), ("A.II.6.ii.a", "ABCD"), ("B.I.b", "ABCDE"),
]  # fmt: skip
