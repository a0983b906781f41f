#!/usr/bin/env python3
"""decimal-oracle.py: judges the lines of decimal-oracle by Python's decimal module.

That module is an implementation of its own (libmpdec) with all eight rounding modes. Encodings are taken apart
here by the book's rules [ISA3.0 I 5.4.1], so that neither the library that lpar computes with nor lpar's own
code is believed. Checked are results with their exponents (ideal ones included) and their canonical encoding, XX,
OX, UX, ZX and the invalid operations, FR, FI, and the wrapped results of enabled overflow and underflow.
"""

import collections
import decimal
import sys
from decimal import Decimal

ROUNDINGS = [decimal.ROUND_HALF_EVEN, decimal.ROUND_DOWN, decimal.ROUND_CEILING, decimal.ROUND_FLOOR,
             decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN, decimal.ROUND_UP, decimal.ROUND_05UP]


def fpscr(bit):
    return 1 << (63 - bit)


OX, UX, ZX, XX = fpscr(35), fpscr(36), fpscr(37), fpscr(38)
VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXCVI = (fpscr(39), fpscr(40), fpscr(41), fpscr(42), fpscr(43), fpscr(55))
OE, UE = fpscr(57), fpscr(58)


class Format:
    def __init__(self, digits, width, bias, largest, wrap, narrowing_wrap):
        self.digits, self.width, self.bias, self.largest = digits, width, bias, largest
        self.wrap, self.narrowing_wrap = wrap, narrowing_wrap
        self.trailing = (digits - 1) // 3 * 10
        self.emax = largest + digits - 1
        self.emin = digits - 1 - bias

    def context(self, rounding):
        return decimal.Context(prec=self.digits, rounding=rounding, Emin=self.emin, Emax=self.emax, clamp=1, traps=[])


SHORT, LONG, EXTENDED = FORMATS = [Format(7, 32, 101, 90, 0, 0), Format(16, 64, 398, 369, 576, 192),
                                   Format(34, 128, 6176, 6111, 9216, 3072)]


def declet_digits(d):
    """Three digits of ten bits p q r s t u v w x y."""
    p, q, r, s, t, u, v, w, x, y = (d >> n & 1 for n in range(9, -1, -1))
    pqr, stu = d >> 7, d >> 4 & 7
    if not v:
        return pqr * 100 + stu * 10 + (d & 7)
    if (w, x) == (0, 0):
        return pqr * 100 + stu * 10 + 8 + y
    if (w, x) == (0, 1):
        return pqr * 100 + (8 + u) * 10 + (s * 4 + t * 2 + y)
    if (w, x) == (1, 0):
        return (8 + r) * 100 + stu * 10 + (p * 4 + q * 2 + y)
    if (s, t) == (0, 0):
        return (8 + r) * 100 + (8 + u) * 10 + (p * 4 + q * 2 + y)
    if (s, t) == (0, 1):
        return (8 + r) * 100 + (p * 4 + q * 2 + u) * 10 + 8 + y
    if (s, t) == (1, 0):
        return pqr * 100 + (8 + u) * 10 + 8 + y
    return (8 + r) * 100 + (8 + u) * 10 + 8 + y


DIGITS = [declet_digits(d) for d in range(1024)]
# The canonical declet of three digits is the smallest: the others have one of the two leading bits set.
CANONICAL = {}
for _d in range(1023, -1, -1):
    CANONICAL[DIGITS[_d]] = _d
IS_CANONICAL = [CANONICAL[DIGITS[d]] == d for d in range(1024)]


class NotCanonical(Exception):
    pass


def unpack(f, word):
    """A Decimal; NotCanonical if it could have been written otherwise."""
    sign = word >> (f.width - 1)
    continuation = f.width - 6 - f.trailing
    leading = word >> (f.width - 6) & 31
    rest = word >> f.trailing & (1 << continuation) - 1
    payload = 0
    for n in range(f.trailing - 10, -1, -10):
        d = word >> n & 1023
        if not IS_CANONICAL[d]:
            raise NotCanonical
        payload = payload * 1000 + DIGITS[d]
    if word >> f.width:
        raise NotCanonical
    if leading == 31:
        if rest & (1 << (continuation - 1)) - 1:
            raise NotCanonical
        kind = "N" if rest >> (continuation - 1) else "n"
        return Decimal((sign, tuple(map(int, str(payload))) if payload else (), kind))
    if leading == 30:
        if rest or payload:
            raise NotCanonical
        return Decimal((sign, (0,), "F"))
    if leading >= 24:
        digit, high = 8 | (leading & 1), leading >> 1 & 3
    else:
        digit, high = leading & 7, leading >> 3
    coefficient = payload + digit * 10 ** (f.digits - 1)
    exponent = (high << continuation | rest) - f.bias
    return Decimal((sign, tuple(map(int, str(coefficient))), exponent))


WIDE = dict(Emin=-999999, Emax=999999, traps=[])


def rounded(f, compute, rounding, enabled, wrap):
    """What an operation gives in a format, by its function of a context: (result, raised, fr, fi, wrapped)."""
    free = decimal.Context(prec=f.digits, rounding=rounding, **WIDE)
    result = compute(free)
    if result.is_nan() or result.is_infinite() or result.is_zero():
        context = f.context(rounding)
        return compute(context), 0, 0, 0, False
    cut = compute(decimal.Context(prec=f.digits, rounding=decimal.ROUND_DOWN, **WIDE))
    inexact = int(free.flags[decimal.Inexact])
    fr = int(result != cut)
    tiny = cut.adjusted() < f.emin
    if tiny and enabled & UE:
        return result.scaleb(wrap, free), UX | (XX if inexact else 0), fr, inexact, True
    if result.adjusted() > f.emax and enabled & OE:
        return result.scaleb(-wrap, free), OX | (XX if inexact else 0), fr, inexact, True
    context = f.context(rounding)
    result = compute(context)
    raised = 0
    for flag, bit in ((decimal.Inexact, XX), (decimal.Overflow, OX), (decimal.Underflow, UX)):
        if context.flags[flag]:
            raised |= bit
    inexact = int(context.flags[decimal.Inexact])
    # Toward zero in the same range: what the magnitude was increased from.
    cut = compute(f.context(decimal.ROUND_DOWN))
    return result, raised, int(result != cut), inexact, False


def same(x, y):
    return x.as_tuple() == y.as_tuple()


def default_nan():
    return Decimal((0, (), "n"))


def invalid_reason(operation, a, b):
    if operation in ("add", "subtract"):
        return VXISI
    if operation == "multiply":
        return VXIMZ
    return VXIDI if a.is_infinite() else VXZDZ


def judge_arithmetic(v):
    a, b = unpack(v.format, v.a), unpack(v.format, v.b)
    compute = lambda context: getattr(context, v.operation)(a, b)
    result, raised, fr, fi, _ = rounded(v.format, compute, v.rounding, v.enabled, v.format.wrap)
    if a.is_snan() or b.is_snan():
        raised = VXSNAN
    elif result.is_nan() and not (a.is_nan() or b.is_nan()):
        raised, result = invalid_reason(v.operation, a, b), default_nan()
    elif v.operation == "divide" and b.is_zero() and not a.is_infinite() and not a.is_nan():
        raised = ZX
    return result, raised, fr, fi


def quiet(b):
    return Decimal((b.is_signed(), b.as_tuple().digits, "n"))


def judge_quantum(v):
    f, b = v.format, unpack(v.format, v.b)
    if b.is_nan():
        return quiet(b), VXSNAN if b.is_snan() else 0, 0, 0
    if b.is_infinite():
        return (default_nan(), VXCVI, 0, 0) if v.operation == "quantize" else (b, 0, 0, 0)
    context = decimal.Context(prec=f.digits, rounding=v.rounding, **WIDE)
    if v.operation == "quantize":
        result = b.quantize(Decimal((0, (1,), v.argument)), context=context)
        if result.is_nan():
            return default_nan(), VXCVI, 0, 0
    elif v.operation == "reround":
        result = b
        if v.argument and len(b.as_tuple().digits) > v.argument:
            result = decimal.Context(prec=v.argument, rounding=v.rounding, **WIDE).create_decimal(b)
            if result.as_tuple().exponent > f.largest:
                return default_nan(), VXCVI, 0, 0
    else:
        result = b.to_integral_exact(context=context)
    inexact = int(result != b)
    return result, XX if inexact else 0, int(result.copy_abs() > b.copy_abs()), inexact


def judge_narrow(v):
    f = v.format
    to = FORMATS[FORMATS.index(f) - 1]
    b = unpack(f, v.b)
    if b.is_nan():
        digits = b.as_tuple().digits[-(to.digits - 1):]
        payload = int("0" + "".join(map(str, digits)))
        keeps = b.is_snan() and to is SHORT
        result = Decimal((b.is_signed(), tuple(map(int, str(payload))) if payload else (), "N" if keeps else "n"))
        return result, VXSNAN if b.is_snan() and not keeps else 0, 0, 0, False
    return rounded(to, lambda context: context.create_decimal(b), v.rounding, v.enabled, f.narrowing_wrap)


def judge_integer(v):
    """The integer as a number of so many bits, and the rest."""
    b = unpack(v.format, v.b)
    low, high = -1 << (v.argument - 1), (1 << (v.argument - 1)) - 1
    if b.is_nan():
        return low, VXCVI | (VXSNAN if b.is_snan() else 0), 0, 0
    if b.is_infinite() or b.adjusted() > 60:
        if not b.is_zero():
            return (low if b.is_signed() else high), VXCVI, 0, 0
        return 0, 0, 0, 0
    whole = b.to_integral_value(v.rounding)
    value = int(whole)
    if not low <= value <= high:
        return (low if b.is_signed() else high), VXCVI, 0, 0
    inexact = int(whole != b)
    return value, XX if inexact else 0, int(whole.copy_abs() > b.copy_abs()), inexact


class Vector:
    def __init__(self, line):
        words = line.split()
        self.operation = words[0]
        self.format = FORMATS[int(words[1])]
        self.rounding = ROUNDINGS[int(words[2])]
        self.enabled, self.a, self.b = (int(w, 16) for w in words[3:6])
        self.argument = int(words[6])
        self.result, self.raised = (int(w, 16) for w in words[7:9])
        self.fr, self.fi = int(words[9]), int(words[10])


def judge(v):
    """None, or what is wrong."""
    to = v.format
    if v.operation in ("add", "subtract", "multiply", "divide"):
        expected = judge_arithmetic(v)
    elif v.operation in ("quantize", "reround", "integral"):
        expected = judge_quantum(v)
    elif v.operation.startswith("narrow"):
        *expected, wrapped = judge_narrow(v)
        if wrapped != (v.operation == "narrow-wrapped"):
            return f"expected {expected}"
        if not wrapped:
            to = FORMATS[FORMATS.index(to) - 1]
    elif v.operation == "to-integer":
        expected = judge_integer(v)
        signed = v.result - ((v.result >> 127) << 128)
        found = (signed, v.raised, v.fr, v.fi)
        return None if found == tuple(expected) else f"expected {expected}, found {found}"
    elif v.operation == "from-integer":
        n = Decimal((v.argument, tuple(map(int, str(v.b))), 0))
        *expected, _ = rounded(to, lambda context: context.create_decimal(n), v.rounding, v.enabled, to.wrap)
    else:
        a, b = unpack(v.format, v.a), unpack(v.format, v.b)
        order = 2 if a.is_nan() or b.is_nan() else (a > b) - (a < b)
        return None if order == v.argument else f"expected {order}, found {v.argument}"
    try:
        found = unpack(to, v.result)
    except NotCanonical:
        return f"the result is not canonical, expected {expected}"
    result, raised, fr, fi = expected
    if same(found, result) and (v.raised, v.fr, v.fi) == (raised, fr, fi):
        return None
    return f"expected {result} {raised:x} {fr} {fi}, found {found} {v.raised:x} {v.fr} {v.fi}"


def main():
    count, wrong = collections.Counter(), 0
    for line in sys.stdin:
        v = Vector(line)
        fault = judge(v)
        count[v.operation.split("-wrapped")[0]] += 1
        if fault:
            wrong += 1
            if wrong <= 20:
                print(line.rstrip(), f"    a {unpack(v.format, v.a)}", f"    {fault}", sep="\n")
    print(", ".join(f"{n} {name}" for name, n in count.items()) + f": {wrong} wrong")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
