"""The JSON API under /api/v1: a door without a browser to the same operations, policies and queries as the pages.

A resource is a module: its schemas in `app/api/schemas/`, its endpoints in `app/api/resources/`, listed in `registry.RESOURCES`.
An endpoint is a function under one of the decorators of `frame.Resource`:

- `reads`    GET of one record; `lists` GET of a page of records (the function returns `frame.page_of(statement, query)`)
- `creates`  POST that makes a record, 201; `acts` POST that does something to a record, 200
- `replaces` PATCH and `removes` DELETE, both under `If-Match`; `current` is the function that GET answers with

It takes the loaded body and query first, then the path's ids, calls one operation or query with `current_actor()` and `now()` as a
page's view does, and returns the record; after a change, the record as its GET shows it. The frame does the rest: token and scope,
strict JSON, `Idempotency-Key`, `ETag`, `fields=`, caching headers, problem details and the OpenAPI document.
"""
