"""Who tells who calls: tokens of the configuration, those of an authorization server, both, or nobody on loopback."""

from __future__ import annotations

from toolpost.config.tables import Http, Issuer
from toolpost.errors import ConfigError
from toolpost.http.bearer import Bearer
from toolpost.http.caller import Loopback, Verifier


def verifier_of(settings: Http, *, is_private: bool) -> Verifier:
    """The verifier of a configuration; `is_private` servers are reached from this machine alone.

    Raises:
        ConfigError: the server would be open to others without authentication.
    """
    tokens = settings.tokens.values()
    if settings.oauth is not None:
        # Both take long to import, and the first caller need not wait for that.
        import httpx2  # noqa: F401
        import jwt  # noqa: F401

        from toolpost.http.oauth.keys import Keys
        from toolpost.http.oauth.verifier import OAuth

        issuer = settings.oauth
        _check(issuer)
        keys = Keys(issuer.issuer, issuer.jwks_url)
        return Bearer.of(tokens, OAuth(issuer, keys, (token.principal for token in tokens)))
    if tokens:
        return Bearer.of(tokens)
    if is_private:
        return Loopback()
    raise ConfigError(
        f"[http] host: {settings.host} is reached from other machines, and nobody would be asked for a token; "
        "run `toolpost tokens add NAME` first, or listen at 127.0.0.1"
    )


def _check(issuer: Issuer) -> None:
    from toolpost.http.oauth.fetching import is_safe

    for key, url in (("issuer", issuer.issuer), ("jwks_url", issuer.jwks_url)):
        if url and not is_safe(url):
            raise ConfigError(f"[http.oauth] {key}: keys are fetched over https alone, but on this machine")
    if not issuer.resource_url.startswith(("https://", "http://")):
        raise ConfigError(
            "[http.oauth] resource: the audience is no address; "
            'add the one by which clients reach this server: resource = "https://tools.example.com/mcp"'
        )
