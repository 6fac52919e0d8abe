-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- What was typed into forms and not sent (package draft). Whose it is, the page and the form are digests, what was typed is sealed.

-- +goose Up

CREATE TABLE draft (
    owner      BYTEA NOT NULL,
    page       BYTEA NOT NULL,
    form       BYTEA NOT NULL,
    place      BIGINT NOT NULL, -- which of the page's forms with this address
    guest      BIGINT NOT NULL, -- 1: of a browser that nobody signed in with
    sealed     BYTEA NOT NULL,
    saved_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (owner, page, form, place)
);

CREATE INDEX draft_expires ON draft (expires_at);
CREATE INDEX draft_guests ON draft (guest, saved_at);
