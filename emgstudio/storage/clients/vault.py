"""Names of clients, apart from everything else and encrypted with a passphrase."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.core.files import write_atomic

FILE = "identity.vault"
MAGIC = b"EMGVAULT1\n"
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
# scrypt (RFC 7914) at n = 2^17 takes about 0.4 s and 128 MB, for each guess, too.
N, R, P = 1 << 17, 8, 1
SHORTEST_PASSPHRASE = 8


class Vault:
    """An opened vault: names by code. Everything is written at once, whole or not at all."""

    def __init__(self, path: Path, key: bytes, salt: bytes, names: dict[str, str]) -> None:
        self._path = path
        self._key = key
        self._salt = salt
        self._names = names

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether somebody has made a vault here."""
        return (folder / FILE).is_file()

    @classmethod
    def create(cls, folder: Path, passphrase: str) -> Vault:
        """Make an empty one. Raises EmgError for a short passphrase or when there is one."""
        _cipher_kind()
        if cls.exists(folder):
            raise EmgError("There is a vault of names already.", "Open it with its passphrase.")
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise EmgError(
                f"The passphrase is shorter than {SHORTEST_PASSPHRASE} characters.",
                "Three or four words are easy to keep in mind. It cannot be recovered.",
            )
        salt = secrets.token_bytes(SALT_BYTES)
        made = cls(folder / FILE, _key(passphrase, salt), salt, {})
        made._save()
        return made

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> Vault:
        """Raises EmgError for a wrong passphrase and a damaged file: nobody can tell which."""
        _cipher_kind()
        from cryptography.exceptions import InvalidTag

        path = folder / FILE
        try:
            stored = path.read_bytes()
        except OSError as error:
            raise EmgError("The vault of names cannot be read.", f"Look at {path}.") from error
        if not stored.startswith(MAGIC) or len(stored) < len(MAGIC) + SALT_BYTES + NONCE_BYTES:
            raise EmgError("The vault of names is damaged.", f"Bring {path} back from a backup.")
        at = len(MAGIC)
        salt = stored[at : at + SALT_BYTES]
        nonce = stored[at + SALT_BYTES : at + SALT_BYTES + NONCE_BYTES]
        key = _key(passphrase, salt)
        try:
            plain = _cipher_kind()(key).decrypt(
                nonce, stored[at + SALT_BYTES + NONCE_BYTES :], MAGIC
            )
        except InvalidTag as error:
            raise EmgError(
                "The names stay locked: the passphrase is not right.",
                "Signals and results are not locked; only names need it.",
            ) from error
        names = {str(k): str(v) for k, v in json.loads(plain).items()}
        return cls(path, key, salt, names)

    def name(self, code: str) -> str:
        """The name behind a code, "" without one."""
        return self._names.get(code, "")

    def find(self, text: str) -> list[str]:
        """Codes whose name contains ``text``, whatever its case."""
        wanted = text.casefold().strip()
        return [c for c, n in self._names.items() if wanted and wanted in n.casefold()]

    def set(self, code: str, name: str) -> str:
        """Store a name, remove it when empty; returns the one before, for undo."""
        before = self.name(code)
        if name.strip():
            self._names[code] = name.strip()
        else:
            self._names.pop(code, None)
        self._save()
        return before

    def _save(self) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps(self._names, ensure_ascii=False).encode()
        sealed = _cipher_kind()(self._key).encrypt(nonce, plain, MAGIC)
        try:
            write_atomic(self._path, MAGIC + self._salt + nonce + sealed)
        except OSError as error:
            raise EmgError(
                f"The name could not be saved ({error.strerror}).", f"Look at {self._path.parent}."
            ) from error


def _key(passphrase: str, salt: bytes) -> bytes:
    most = 132 * N * R + (1 << 20)
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=N, r=R, p=P, maxmem=most, dklen=KEY_BYTES
    )


def _cipher_kind() -> Any:
    """AES-256-GCM. Raises EmgError where the package cryptography is not installed."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise EmgError(
            "Names are encrypted with the package cryptography, which is not installed.",
            f"Work with codes alone, or install it: {install_line('emgstudio[secure]')}",
        ) from error
    return AESGCM
