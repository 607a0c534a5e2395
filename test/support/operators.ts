/** A person who holds a share of Vault's key, as a stack's configuration names him. */
export interface Operator {
  readonly name: string;
  /** Armoured PGP public key. */
  readonly publicKey: string;
}

/**
 * Operators of the tests. Nobody has their private keys: what is encrypted to them stays so. They stand here, instead of
 * being made by each run, as the reviewed registrations hold them.
 */
export const operators: readonly Operator[] = [
  {
    name: "alice",
    publicKey: `-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEaVW5ABYJKwYBBAHaRw8BAQdAgz2ejzvcXAAAWpO8Ep4KbeHbTdYNYQDH
VYWozltHhfHNGmFsaWNlIDxhbGljZUBleGFtcGxlLnRlc3Q+wsATBBMWCgCF
BYJpVbkAAwsJBwkQpN4memTwaY1FFAAAAAAAHAAgc2FsdEBub3RhdGlvbnMu
b3BlbnBncGpzLm9yZ3YQzI8ZGXxxk8ciKx9dmlSL1cTRmwZ6sRlcvBhT7Fmg
BRUKCA4MBBYAAgECGQECmwMCHgEWIQSlAxwwsuPrefZUrkSk3iZ6ZPBpjQAA
+z0A/RhiyrqR/wnTC+4uiI1PQNAe0XqtYMMk15k7khfYHc7DAQCaXhzCC7xw
PJQnhjWzsHG81DX7+0qGzmxeEBrKqjMxCM44BGlVuQASCisGAQQBl1UBBQEB
B0AbUnX8Hsc/qbzUsqMVIX4cvZLCy96VDTLioXiObuvLPwMBCAfCvgQYFgoA
cAWCaVW5AAkQpN4memTwaY1FFAAAAAAAHAAgc2FsdEBub3RhdGlvbnMub3Bl
bnBncGpzLm9yZ9RAuxwUU4cIwsrugWHk7eJYfioOUKyVa8gKM1YF0ZiFApsM
FiEEpQMcMLLj63n2VK5EpN4memTwaY0AAGq0AQDYadbyKJvZ+jG+n8SwngYY
RirRd4AuQ7SwDpBqgG3rNgD/SkaYkqQPL+jqQGkF5mCr3wv36k7CybD2q0kX
Wbwz0wk=
=idhC
-----END PGP PUBLIC KEY BLOCK-----
`,
  },
  {
    name: "bob",
    publicKey: `-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEaVW5ABYJKwYBBAHaRw8BAQdAYzOXNjOez0e6Ig0qPeZSxQGXlobbt1BE
IZv2qq9jlnDNFmJvYiA8Ym9iQGV4YW1wbGUudGVzdD7CwBMEExYKAIUFgmlV
uQADCwkHCRB5YS9E8t5WYUUUAAAAAAAcACBzYWx0QG5vdGF0aW9ucy5vcGVu
cGdwanMub3Jnvve1uHwgQfp6BBYMcy+S/PlZPJQZhgyu/3qI/zZ28RcFFQoI
DgwEFgACAQIZAQKbAwIeARYhBF8EtQ4dWT4gok5zJHlhL0Ty3lZhAACFWQEA
5LCYPgUfN1V4gQqI0ZBaiHVRqoFJZCiDBBeIeKcLv+kBAKxvLwRg9jR2jMdf
tqa/fPKXLG6hJQYXMKpCNCwjxkAPzjgEaVW5ABIKKwYBBAGXVQEFAQEHQKk+
9gI0TO9kK0grMMElBXDSRzamHEUbmW4Xc6j3jRIzAwEIB8K+BBgWCgBwBYJp
VbkACRB5YS9E8t5WYUUUAAAAAAAcACBzYWx0QG5vdGF0aW9ucy5vcGVucGdw
anMub3Jnm2wknMhH0CY7wxEDbYhMwnIirrwk70UxHNoYocLMlFkCmwwWIQRf
BLUOHVk+IKJOcyR5YS9E8t5WYQAAb0EBAN+YKwW1muNJUrJJT0IBB9oGZNMv
3sa5UjxI7RVcjic+AQCXOyCDeoVE0sDLNrQVpd7JioDQHNDLRJG2m+87n2jO
Dg==
=MVO2
-----END PGP PUBLIC KEY BLOCK-----
`,
  },
  {
    name: "carol",
    publicKey: `-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEaVW5ABYJKwYBBAHaRw8BAQdAVGqgdcxnXxlMGanAhW4KBBQUWSWCOEvQ
9P3eLWhjfUvNGmNhcm9sIDxjYXJvbEBleGFtcGxlLnRlc3Q+wsATBBMWCgCF
BYJpVbkAAwsJBwkQzdrGwvb+nc9FFAAAAAAAHAAgc2FsdEBub3RhdGlvbnMu
b3BlbnBncGpzLm9yZxKBCBIGh2DJ4OPrMGA8k4Sfrnj+7/7vhI/nW6OPx5d7
BRUKCA4MBBYAAgECGQECmwMCHgEWIQTRBJ5v0aE8yuhkFffN2sbC9v6dzwAA
0KYBAI14epXEUfLvAgr7G6cGgl/DU+DTtAX6nEyluf8yzTnGAQCcDkya/rgS
1cPVW1EAthOaf5antcCjKM5vP8k4cIhuD844BGlVuQASCisGAQQBl1UBBQEB
B0Ax90kV2EkGWGtR5R5ttnjrU51Qr/XulsAcP2ELBvDwOAMBCAfCvgQYFgoA
cAWCaVW5AAkQzdrGwvb+nc9FFAAAAAAAHAAgc2FsdEBub3RhdGlvbnMub3Bl
bnBncGpzLm9yZ2wbVbn2CMzl/S0+NhwKRhgId7llKP/MEknE0GjEXzv/ApsM
FiEE0QSeb9GhPMroZBX3zdrGwvb+nc8AAJkjAQCKMs86EN6wRdmnf4UqCIno
4kPwMQHwyoMg6iihv0xEAgEAvLPTILRDATtbhHqmWy2JaGZ/UZAjlnzK24v8
aoM6gwk=
=lJOc
-----END PGP PUBLIC KEY BLOCK-----
`,
  },
];

/** What Vault takes of an operator's key: base64 of its binary form, which is what the armour is around. */
export function binaryForm({ publicKey }: Operator): string {
  const [, body = ""] = publicKey.split("\n\n");
  // The last line but one is a checksum.
  return body.split("\n=")[0]?.replaceAll("\n", "") ?? "";
}
