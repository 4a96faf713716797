"""The demo: the main job of both programmes on realistic data, each step real and resumable."""
