"""The API of both programmes: its addresses, its OpenAPI document, a page to read it."""
