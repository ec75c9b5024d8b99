"""Collect texts that are no amount: one list for the arithmetic, the API and whoever comes next."""

BAD_AMOUNTS = [
    # nothing, or nothing but zero
    "", "0", "0.0", "0.00000000", "00", "000000000000000", ".", "..", "0.",
    # signs
    "-1", "+1", "-0", "+0", "--1", "1-", "-0.01", "+1.5", "\u22121", "-.5",
    # exponents, however small or large
    "1e3", "1E3", "1e-3", "1E+1000000", "1e999999999", "1E-1000000", "1e", "e1", "1.0e0", "9e15", "1E400000",
    # not numbers
    "NaN", "nan", "sNaN", "NaN123", "-NaN", "Infinity", "inf", "-inf", "INF", "infinity", "null", "None",
    "true", "false", "True", "abc", "one", "0x10", "0b11", "0o7", "1L", "1f", "1d", "1j", "#1", "[]", "{}",
    # blanks and control characters
    " 1", "1 ", " ", "1 000", "\t1", "1\n", "\n", "1\r\n", "1\x00", "\x001", "1\u00a0000", "1\u2009000",
    "\u200b1", "\ufeff1", "1\x0b",
    # separators
    "1,000", "1,5", "1_000", "1'000", "1.000.000", "1.2.3", "1..2", "1.", ".5", "1/2", "1:2", "\u066b5",
    # digits of other scripts and lookalikes
    "\u0661\u0662\u0663", "\u06f1", "\u0967", "\uff11\uff10\uff10", "\u00b2", "\u00bd", "\u2460", "\u4e00",
    "1\u0660", "\U0001d7d9", "l", "O", "1O",
    # currency signs and units
    "$1", "1$", "\u20ac5", "5EUR", "EUR 5", "1%", "1k", "1M",
    # too many digits
    "1" * 16, "0" * 16, "0" * 15 + "1", "1.123456789", "0.000000001", "1" * 15 + "." + "1" * 9, "9" * 25,
    "9" * 400, "0." + "0" * 400 + "1",
    # formulas and injections
    "1+1", "1*2", "=1", "1;2", "1'--", "${1}", "(1)", "\ud8001", "1\u0301",
]  # fmt: skip
