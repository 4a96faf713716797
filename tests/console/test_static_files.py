"""Static files of production: collected under names with digests, missing source maps or not."""

from django.core.management import call_command


def test_production_can_collect_every_static_file(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "together.console.web.storage.DigestNames"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    from django.contrib.staticfiles.storage import staticfiles_storage

    for name in ("together/site.css", "unfold/js/chart/chart.js", "css/bootstrap.min.css"):
        assert (tmp_path / staticfiles_storage.stored_name(name)).exists()
