-- SPDX-FileCopyrightText: The Podpis authors
-- SPDX-License-Identifier: Apache-2.0
-- Closed tickets of guests are looked for by the time they were closed, and opinions by the time they came (package
-- support): both are erased by term.

-- +goose Up

CREATE INDEX ticket_guest ON ticket (changed_at) WHERE account_id = '' AND state = 'closed';
CREATE INDEX help_rating_age ON help_rating (created_at);
