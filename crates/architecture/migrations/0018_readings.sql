-- Who read what of an estate that is not everybody's. A line a day for each person and page, so that it stays small.
CREATE TABLE reading (
    -- Whose estate it was; empty for pages over all estates.
    organisation TEXT NOT NULL,
    -- The day in UTC, as 2026-11-22.
    day TEXT NOT NULL,
    -- A reference: the name is put to it when the page is made, and is gone when the person is.
    person TEXT NOT NULL,
    -- The organisation that the person acted for.
    acting TEXT NOT NULL,
    -- The page: the pattern of its address.
    route TEXT NOT NULL,
    -- The system or contract that it was about; empty for lists.
    subject TEXT NOT NULL,
    -- html, json, csv and so on.
    format TEXT NOT NULL,
    -- 1: a program with an API token, in the person's name.
    by_program BIGINT NOT NULL,
    -- 1: an auditor, who sees every estate whole.
    saw_all BIGINT NOT NULL,
    times BIGINT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (organisation, day, person, acting, route, subject, format, by_program)
);
-- What is over is forgotten by day.
CREATE INDEX reading_day ON reading (day);

-- Days on which an estate was shared while pages over all estates were read: to whom such a line concerns.
CREATE TABLE shared_on (
    organisation TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (organisation, day)
);
