"""Licences of the weights: shown before anything is fetched, and accepted by the one who exports."""

import sys

from .failure import LicenceNotAccepted

# As the pages of the checkpoints state them. A prefix of the source's name, the licence, what it asks for.
KNOWN_LICENCES = (
    ("cvssp/audioldm", "CC-BY-NC-SA-4.0", "no commercial use; name the authors; share what you make of the weights alike"),
    ("laion/clap-", "Apache-2.0", "keep the licence and the notices"),
    ("laion/larger_clap_", "Apache-2.0", "keep the licence and the notices"),
    ("facebook/wav2vec2-", "Apache-2.0", "keep the licence and the notices"),
)


def licence_of(source: str, stated: str | None) -> tuple[str, str]:
    """Name of the licence and what it asks for. Raises LicenceNotAccepted where it is neither known nor stated."""
    if stated is not None:
        return stated, "as stated by --licence; read it at the source"
    for prefix, name, terms in KNOWN_LICENCES:
        if source.startswith(prefix):
            return name, terms
    raise LicenceNotAccepted(
        f"The licence of {source} is not known here. Look it up where the weights come from and state it: --licence NAME --accept-licence"
    )


def require_accepted(source: str, stated: str | None, accepted: bool) -> str:
    """Shows the licence on standard error; returns its name where it was accepted."""
    name, terms = licence_of(source, stated)
    print(f"Licence of {source}: {name} ({terms})", file=sys.stderr)
    if not accepted:
        raise LicenceNotAccepted(f"The weights of {source} are under {name}. Run the command again with --accept-licence to accept that.")
    return name
