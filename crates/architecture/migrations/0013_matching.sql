-- What an organisation's own names mean: matched to the shared list by the importer or by a person, or said to be none of it.
-- It holds for that organisation only.
CREATE TABLE name_match (
    organisation TEXT NOT NULL,
    -- product or supplier
    what TEXT NOT NULL,
    -- The name, folded.
    folded TEXT NOT NULL,
    -- The organisation's own product that stands for the name; of a supplier, the private text that holds it.
    stands TEXT NOT NULL,
    -- made (by an import, without asking), confirmed (by a person), none (of the shared list)
    state TEXT NOT NULL,
    -- The listed product or the supplying organisation; NULL where there is none.
    target TEXT,
    -- Why, in words.
    how TEXT NOT NULL,
    -- A version that is part of the name.
    version TEXT,
    -- The change in which systems followed; when it is undone, so is the match.
    change BIGINT,
    decided_at TEXT NOT NULL,
    decided_by TEXT,
    PRIMARY KEY (organisation, what, folded)
);
