"""evp.py: what libcrypto computes, one line an algorithm, for comparison between two machines.

Digests, ciphers (with their tags), signatures and key exchange over data of many lengths, in one piece and in uneven
pieces, from addresses that are not aligned; a line ends with a digest of all results. Deciphering must give the text
back. Modular powers are judged here, by Python's pow().
"""

import ctypes
import hashlib
import random
import sys

crypto = ctypes.CDLL("libcrypto.so.3")
for name in ("EVP_MD_fetch EVP_CIPHER_fetch EVP_MD_CTX_new EVP_CIPHER_CTX_new BN_new BN_CTX_new BN_bin2bn "
             "EVP_PKEY_new_raw_private_key").split():
    getattr(crypto, name).restype = ctypes.c_void_p
P = ctypes.c_void_p
LENGTHS = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 111, 112, 119, 127, 128, 129, 191, 255, 256, 257, 511, 768, 1023, 1537,
           4099]
GET_TAG, SET_TAG, SET_IV_LENGTH = 0x10, 0x11, 9
failures = 0


def data(length, seed):
    return random.Random(seed * 100003 + length).randbytes(length)


class Sum:
    def __init__(self):
        self.sum = hashlib.sha256()

    def add(self, b):
        self.sum.update(len(b).to_bytes(4, "big") + b)

    def show(self, name):
        print(name, self.sum.hexdigest(), flush=True)


def need(result, what):
    if result != 1:
        raise RuntimeError(f"{what} failed")


def pieces(length):
    """Cuts a length into uneven pieces."""
    r, at = random.Random(length), 0
    while at < length:
        n = min(length - at, r.choice([1, 3, 16, 17, 64, 100, 128, 300]))
        yield at, n
        at += n


class Buffer:
    """Bytes at an address that is not aligned."""

    def __init__(self, content, offset):
        self.memory = ctypes.create_string_buffer(bytes(offset) + content + bytes(64))
        self.address = ctypes.addressof(self.memory) + offset
        self.length = len(content)

    def bytes(self, length=None):
        return ctypes.string_at(self.address, self.length if length is None else length)


def digests():
    for name in ("MD5 SHA1 SHA224 SHA256 SHA384 SHA512 SHA512-256 SHA3-224 SHA3-256 SHA3-384 SHA3-512 BLAKE2B-512 "
                 "BLAKE2S-256 SM3 RIPEMD160").split():
        md = P(crypto.EVP_MD_fetch(None, name.encode(), None))
        if not md:
            raise RuntimeError(f"no digest {name}")
        context, total = P(crypto.EVP_MD_CTX_new()), Sum()
        for length in LENGTHS:
            buffer = Buffer(data(length, 1), length % 5)
            for cut in ([(0, length)], list(pieces(length))):
                out, size = ctypes.create_string_buffer(64), ctypes.c_uint()
                need(crypto.EVP_DigestInit_ex(context, md, None), name)
                for at, n in cut:
                    need(crypto.EVP_DigestUpdate(context, P(buffer.address + at), ctypes.c_size_t(n)), name)
                need(crypto.EVP_DigestFinal_ex(context, out, ctypes.byref(size)), name)
                total.add(out.raw[:size.value])
        total.show(name)


def cipher(name, aead, key_length, iv_length):
    algorithm = P(crypto.EVP_CIPHER_fetch(None, name.encode(), None))
    if not algorithm:
        raise RuntimeError(f"no cipher {name}")
    ccm, xts, total = "CCM" in name, "XTS" in name, Sum()
    context = P(crypto.EVP_CIPHER_CTX_new())
    key, iv = data(key_length, 2), data(iv_length, 3)
    for length in LENGTHS:
        if xts and length < 16 or ccm and not length:
            continue
        cuts = [[(0, length)], list(pieces(length))]
        for cut in cuts[:1] if ccm or xts else cuts:
            text = data(length, 4)
            source, tag = Buffer(text, length % 3), ctypes.create_string_buffer(16)
            for encrypt in (1, 0):
                target = Buffer(bytes(length + 32), length % 7)
                n, end = ctypes.c_int(), 0
                need(crypto.EVP_CipherInit_ex(context, algorithm, None, None, None, encrypt), name)
                if ccm:
                    need(crypto.EVP_CIPHER_CTX_ctrl(context, SET_IV_LENGTH, iv_length, None), name)
                    need(crypto.EVP_CIPHER_CTX_ctrl(context, SET_TAG, 16, None if encrypt else tag), name)
                need(crypto.EVP_CipherInit_ex(context, None, None, key, iv, encrypt), name)
                if ccm:
                    need(crypto.EVP_CipherUpdate(context, None, ctypes.byref(n), None, length), name)
                if aead:
                    extra = data(length % 37 + 1, 5)
                    need(crypto.EVP_CipherUpdate(context, None, ctypes.byref(n), extra, len(extra)), name)
                    if not encrypt and not ccm:
                        need(crypto.EVP_CIPHER_CTX_ctrl(context, SET_TAG, 16, tag), name)
                for at, piece in cut:
                    need(crypto.EVP_CipherUpdate(context, P(target.address + end), ctypes.byref(n),
                                                 P(source.address + at), piece), name)
                    end += n.value
                if not (ccm and not encrypt):
                    need(crypto.EVP_CipherFinal_ex(context, P(target.address + end), ctypes.byref(n)), name)
                    end += n.value
                if encrypt:
                    if aead:
                        need(crypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, 16, tag), name)
                        total.add(tag.raw)
                    total.add(target.bytes(end))
                    source = Buffer(target.bytes(end), length % 3)
                    cut = [(0, end)] if end != length else cut
                elif target.bytes(end) != text:
                    raise RuntimeError(f"{name}, {length} bytes: deciphered text differs")
    total.show(name)


def ciphers():
    for bits in (128, 192, 256):
        for mode, aead, iv in (("ECB", 0, 0), ("CBC", 0, 16), ("CTR", 0, 16), ("CFB", 0, 16), ("OFB", 0, 16),
                               ("GCM", 1, 12), ("CCM", 1, 12), ("OCB", 1, 12)):
            cipher(f"AES-{bits}-{mode}", aead, bits // 8, iv)
    for bits in (128, 256):
        cipher(f"AES-{bits}-XTS", 0, bits // 4, 16)
    cipher("CHACHA20", 0, 32, 16)
    cipher("CHACHA20-POLY1305", 1, 32, 12)
    cipher("CAMELLIA-256-CBC", 0, 32, 16)
    cipher("ARIA-128-CTR", 0, 16, 16)
    cipher("DES-EDE3-CBC", 0, 24, 8)


def curves():
    """Signatures and key exchange on the curves whose results are the same each time."""
    for name, kind, sign in (("ED25519", 1087, 1), ("ED448", 1088, 1), ("X25519", 1034, 0), ("X448", 1035, 0)):
        total, size = Sum(), {"ED25519": 32, "ED448": 57, "X25519": 32, "X448": 56}[name]
        for n in range(2):
            key = P(crypto.EVP_PKEY_new_raw_private_key(kind, None, data(size, 6 + n), ctypes.c_size_t(size)))
            length, public = ctypes.c_size_t(size), ctypes.create_string_buffer(size)
            need(crypto.EVP_PKEY_get_raw_public_key(key, public, ctypes.byref(length)), name)
            total.add(public.raw)
            if sign:
                context, out = P(crypto.EVP_MD_CTX_new()), ctypes.create_string_buffer(200)
                need(crypto.EVP_DigestSignInit(context, None, None, None, key), name)
                length.value = len(out)
                need(crypto.EVP_DigestSign(context, out, ctypes.byref(length), data(99, n), ctypes.c_size_t(99)), name)
                total.add(out.raw[:length.value])
                context = P(crypto.EVP_MD_CTX_new())
                need(crypto.EVP_DigestVerifyInit(context, None, None, None, key), name)
                need(crypto.EVP_DigestVerify(context, out, length, data(99, n), ctypes.c_size_t(99)), name)
        total.show(name)


def number(n):
    b = n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")
    return P(crypto.BN_bin2bn(b, len(b), None))


def value(bn):
    out = ctypes.create_string_buffer((crypto.BN_num_bits(bn) + 7) // 8 or 1)
    crypto.BN_bn2bin(bn, out)
    return int.from_bytes(out.raw[:(crypto.BN_num_bits(bn) + 7) // 8], "big")


def powers():
    """Montgomery multiplication of many sizes, as RSA and Diffie-Hellman use it."""
    global failures
    r, context, out = random.Random(7), P(crypto.BN_CTX_new()), P(crypto.BN_new())
    total = Sum()
    for bits in (64, 127, 192, 256, 257, 384, 512, 521, 768, 1000, 1024, 2048):
        for base_bits in (bits - 1, bits // 2):
            m, a, e = r.getrandbits(bits) | 1 | 1 << bits - 1, r.getrandbits(base_bits), r.getrandbits(min(bits, 80))
            for function in (crypto.BN_mod_exp, crypto.BN_mod_exp_mont, crypto.BN_mod_exp_mont_consttime):
                rest = () if function is crypto.BN_mod_exp else (None,)
                need(function(out, number(a), number(e), number(m), context, *rest), "power")
                if value(out) != pow(a, e, m):
                    print(f"FAIL: {a:#x} to the power of {e:#x} modulo {m:#x}")
                    failures += 1
            total.add(value(out).to_bytes(bits // 8 + 1, "big"))
            product, quotient = P(crypto.BN_new()), P(crypto.BN_new())
            need(crypto.BN_sqr(product, number(m), context), "square")
            need(crypto.BN_div(quotient, out, product, number(a | 1), context), "division")
            if (value(quotient), value(out)) != divmod(m * m, a | 1):
                print(f"FAIL: {m:#x} squared, divided by {a | 1:#x}")
                failures += 1
    total.show("powers")


digests()
ciphers()
curves()
powers()
sys.exit(failures > 0)
