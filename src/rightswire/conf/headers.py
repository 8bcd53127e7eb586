"""Security headers that every answer to a reader carries, whoever sends it: files, forms or errors."""

# Readers' pages hold no inline script or style and load nothing from elsewhere (docs/threat-model.md).
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# An SVG opened by itself is a document that could run scripts; its own styles are harmless.
SVG_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

# A petition's small page for other sites: it may be framed by any of them, so it holds no form and runs no script.
EMBED_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors *",
    )
)

PAGE_HEADERS: dict[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}

# Only where the base address is https. Subdomains are left out: an organisation's others may not be ready.
HTTPS_HEADERS: dict[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
