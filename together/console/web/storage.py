"""Static files under names that hold a digest, for production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore


class DigestNames(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """
    Names with digests, without following source maps.

    Packages ship files that name a source map which they leave out; following it would stop
    the collection, and only a browser's developer tools ever ask for one.
    """

    patterns = (
        (
            "*.css",
            tuple(
                pattern
                for ends, patterns in CompressedManifestStaticFilesStorage.patterns
                if ends == "*.css"
                for pattern in patterns
                if "sourceMappingURL" not in str(pattern)
            ),
        ),
    )
