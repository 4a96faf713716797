"""Addresses of the API of both programmes, its OpenAPI document and its local reader."""
