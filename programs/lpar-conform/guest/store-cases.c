/* Cases of the platform's key store, whose structures are big-endian. [LoPAR hcall-pks; Linux plpks.c]
 *
 * The password is made by the first case that needs one, and stays for the boot. */
#include "conform.h"

/* Authorisation: version, consumer, 12 reserved bytes, the password's length, the password. */
static void authorise(u64 at, u8 version, u8 consumer, const char *password, u8 length)
{
    u8 *p = memset((void *)at, 0, 64);

    p[0] = version, p[1] = consumer, p[15] = length;
    memcpy(p + 16, password, length);
}

#define PASSWORD "conformance"

static bool has_store(void) { return (s64)hcall4(0x41c, 0, 0, 0, 0) != FUNCTION; }

/* AUTH shows the password, WRONG another one; LABEL and DATA are there to be given. */
bool store(void)
{
    if (!has_store())
        return false;
    memcpy((void *)LABEL, "a label", 7);
    for (u64 i = 0; i < 0x1000; i++)
        ((volatile u8 *)DATA)[i] = (u8)(i * 7);
    memset((void *)OUT, 0, 0x1000);
    authorise(AUTH, 1, 3, PASSWORD, 11);
    authorise(WRONG, 1, 3, "other words", 11);
    authorise(OTHER_VERSION, 9, 3, PASSWORD, 11);
    memcpy((void *)NEW_PASSWORD, PASSWORD, 11);
    return true;
}

/* Setting it once more shows that it is known. */
bool password(void) { return store() && !hcall4(0x420, AUTH, NEW_PASSWORD, 11, 0); }

static u64 write_object(u64 label, u64 n, u64 policy, u64 length)
{
    u64 q[10] = { 0x42c, AUTH, label, n, policy, DATA, length };

    return hcall(q);
}

static u64 remove_object(u64 label, u64 n) { return hcall4(0x438, AUTH, label, n, 0); }

bool object(void) { return password() && !write_object(LABEL, 7, 0, 100); }

bool no_object(void)
{
    if (!password())
        return false;
    remove_object(LABEL, 7);
    return true;
}

bool immutable(void)
{
    if (!password())
        return false;
    memcpy((void *)LABEL, "a stone", 7);
    return ((s64)write_object(LABEL, 7, 0x04000000, 10) == OK || (s64)write_object(LABEL, 7, 0, 10) == AUTHORITY);
}

/* Made by the platform, once a boot; the suite's own takes its place. */
bool password_made(void)
{
    u64 q[10] = { 0x424, 3, 0, OUT, 32 };
    u8 sum = 0;

    if (hcall(q))
        return false;
    for (u64 i = 0; i < 32; i++)
        sum |= ((volatile u8 *)OUT)[i];
    authorise(WRONG, 1, 3, (const char *)OUT, 32);
    return sum && !hcall4(0x420, WRONG, NEW_PASSWORD, 11, 0);
}

static bool same(u64 n)
{
    for (u64 i = 0; i < n; i++)
        if (((volatile u8 *)OUT)[i] != ((volatile u8 *)DATA)[i])
            return false;
    return true;
}

bool object_read(void) { return r[1] == 100 && r[2] == 0 && same(100); }

bool config_told(void)
{
    const volatile u8 *p = (u8 *)OUT;

    return p[0] >= 1 && (p[6] << 8 | p[7]) >= 32 && (p[8] << 8 | p[9]) >= 255 && (p[12] | p[13] | p[14] << 8) != 0;
}

bool is_flushed(void) { return r[1] == 1; }

/* World-readable: without the password. */
bool world_readable(void)
{
    u64 q[10] = { 0x434, WRONG, LABEL, 7, OUT, 0x1000 };

    return !write_object(LABEL, 7, 0x08000000, 50) && !hcall(q) && q[1] == 50 && same(50) && !remove_object(LABEL, 7);
}

/* The store takes some; what is too much it does not, and room comes back. */
bool store_full(void)
{
    u64 n = 0;
    s64 status = 0, again;

    for (; n < 1000; n++) {
        ((volatile u8 *)LABEL)[0] = (u8)n, ((volatile u8 *)LABEL)[1] = (u8)(n >> 8);
        status = (s64)write_object(LABEL, 3, 0, 3000);
        if (status)
            break;
    }
    ((volatile u8 *)LABEL)[0] = 0, ((volatile u8 *)LABEL)[1] = 0;
    again = (s64)remove_object(LABEL, 3);
    again |= (s64)write_object(LABEL, 3, 0, 3000);
    for (u64 i = 0; i < n; i++) {
        ((volatile u8 *)LABEL)[0] = (u8)i, ((volatile u8 *)LABEL)[1] = (u8)(i >> 8);
        remove_object(LABEL, 3);
    }
    r[1] = n;
    return status == NO_MEM && n > 3 && !again;
}
