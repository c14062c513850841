-- Lists of contracts by themselves are kept as sent: systems that they name may come later, or get a namesake.

-- Applied imports that are lists of contracts. Of each list the latest version counts.
CREATE TABLE kept_list (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    -- The order in which the organisation's lists of contracts were applied.
    position BIGINT NOT NULL,
    -- The number of the organisation's latest change before: what was said by hand after it holds.
    after_change BIGINT NOT NULL,
    PRIMARY KEY (organisation, import)
);

CREATE TABLE kept_contract (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    position BIGINT NOT NULL,
    -- What is said of the contract and which systems it names, as JSON; texts that must be erasable by their id in
    -- private_text.
    said TEXT NOT NULL,
    PRIMARY KEY (organisation, import, position)
);

-- Changes that say what lists of contracts amount to. They are reckoned from what is kept and from all that other changes
-- say, whenever one of these changes; nothing else is reckoned from them.
CREATE TABLE joined_change (
    organisation TEXT NOT NULL,
    change BIGINT NOT NULL,
    -- The import because of which it was made: the list of contracts itself, or the file that it followed.
    import TEXT NOT NULL,
    PRIMARY KEY (organisation, change)
);
