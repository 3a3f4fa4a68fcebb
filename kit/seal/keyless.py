"""A second signature without a key of one's own: Sigstore, where there is a network and the optional extra.

It signs the statement's envelope, and with it everything. The bundle that comes back is checked by Sigstore's own
command; `kit verify` works offline and only tells of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.errors import NetworkError, PlatformError

KeylessSigner = Callable[[bytes], bytes]


def keyless_signer() -> KeylessSigner:
    """What signs bytes and gives the bundle as JSON; nothing is asked for yet.

    Raises:
        PlatformError: if the extra is not installed.
    """
    try:
        from sigstore import models, oidc, sign
    except ImportError as error:
        raise PlatformError(
            "keyless signing needs the package sigstore, which is not installed",
            "pip install 'power-hungry-kit[sigstore]', or seal without --keyless",
        ) from error

    def signed(data: bytes) -> bytes:
        return _sign(models, oidc, sign, data)

    return signed


def _sign(models: Any, oidc: Any, sign: Any, data: bytes) -> bytes:
    try:
        trust = models.ClientTrustConfig.production()
        token = oidc.Issuer(trust.signing_config.get_oidc_url()).identity_token()
        with sign.SigningContext.from_trust_config(trust).signer(token) as signer:
            bundle: str = signer.sign_artifact(data).to_json()
    except Exception as error:  # its services and its network layer raise errors without a common base
        raise NetworkError(
            f"Sigstore gives no signature ({type(error).__name__}: {error})", "try again, or seal without --keyless"
        ) from error
    return bundle.encode()
