-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Accounts, sign-up, one-time codes, sessions (package auth).

-- +goose Up

CREATE TABLE account (
    id                TEXT PRIMARY KEY,
    person_id         TEXT NOT NULL,
    role              TEXT NOT NULL,
    title             TEXT NOT NULL,
    phone             TEXT NOT NULL,
    mail              TEXT NOT NULL,
    mail_folded       TEXT NOT NULL,
    mail_confirmed_at BIGINT NOT NULL,
    inn               TEXT NOT NULL,
    password_hash     TEXT NOT NULL,
    must_change       BOOLEAN NOT NULL,
    created_at        BIGINT NOT NULL,
    password_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_phone ON account (phone);
CREATE UNIQUE INDEX account_mail ON account (mail_folded);
CREATE INDEX account_inn ON account (inn);

-- A sign-up under way: whoever holds the token goes on with it. data is sealed.
CREATE TABLE signup (
    id              TEXT PRIMARY KEY,
    token_hash      BYTEA NOT NULL UNIQUE,
    phone           TEXT NOT NULL,
    phone_confirmed BOOLEAN NOT NULL,
    challenge_id    TEXT NOT NULL,
    password_hash   TEXT NOT NULL,
    data            BYTEA NOT NULL,
    account_id      TEXT NOT NULL,
    changed_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX signup_expires ON signup (expires_at);

-- A question answered by a code from a message. codes is sealed.
CREATE TABLE challenge (
    id         TEXT PRIMARY KEY,
    purpose    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    binding    TEXT NOT NULL,
    codes      BYTEA NOT NULL,
    tries_left BIGINT NOT NULL,
    sent       BIGINT NOT NULL,
    resend_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX challenge_expires ON challenge (expires_at);

-- Failed tries by what was tried: a login, a network.
CREATE TABLE failure (
    subject    TEXT PRIMARY KEY,
    tries      BIGINT NOT NULL,
    first_at   BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

CREATE TABLE session (
    token_hash BYTEA PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    level      TEXT NOT NULL,
    method     TEXT NOT NULL,
    device     TEXT NOT NULL,
    network    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

-- A link sent by mail: single use.
CREATE TABLE mail_link (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL,
    mail       TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
