-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- News and invitations, and what people chose about them (package news).

-- +goose Up

-- content is JSON: the texts in three languages. kinds, okved and regions are words with
-- spaces between them; empty: everybody. Days are their beginning in UTC.
CREATE TABLE news_item (
    id           TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    content      TEXT NOT NULL,
    kinds        TEXT NOT NULL,
    okved        TEXT NOT NULL,
    regions      TEXT NOT NULL,
    source       TEXT NOT NULL,
    act          TEXT NOT NULL,
    in_force     BIGINT NOT NULL,
    shown_until  BIGINT NOT NULL,
    open         BOOLEAN NOT NULL,
    starts_at    BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    zone         TEXT NOT NULL,
    place        TEXT NOT NULL,
    changed_by   TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    published_at BIGINT NOT NULL
);
CREATE INDEX news_item_state ON news_item (state, published_at, id);

-- muted are the kinds that an account does not want; mail is how often they come by mail.
CREATE TABLE news_choice (
    account_id TEXT PRIMARY KEY,
    muted      TEXT NOT NULL,
    mail       TEXT NOT NULL,
    sent_at    BIGINT NOT NULL
);
CREATE INDEX news_choice_mail ON news_choice (mail, sent_at);

-- Who goes to a webinar.
CREATE TABLE news_answer (
    item_id     TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    profile_id  TEXT NOT NULL,
    goes        BOOLEAN NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (item_id, account_id)
);
CREATE INDEX news_answer_account ON news_answer (account_id);
