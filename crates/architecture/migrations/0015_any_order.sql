-- Files may come in any order: what is needed so that the estate is the same whichever came first.

-- Statements that are a list's word, where several lists may speak of one thing: of contracts, and of the systems that a
-- system relies on. What somebody says by hand, and what a row with an ID of ours says, is no list's word.
CREATE TABLE list_statement (
    organisation TEXT NOT NULL,
    change BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- Whose word it is. Where that is not the list of the change's import, the word is repeated because it goes on to hold.
    list TEXT NOT NULL,
    PRIMARY KEY (organisation, change, position)
);

-- What each import concluded a name to mean, without asking: it holds as long as one of these imports does, unless somebody
-- decides otherwise in name_match.
CREATE TABLE name_conclusion (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    -- The name, folded.
    folded TEXT NOT NULL,
    -- The organisation's own product that stands for the name.
    stands TEXT NOT NULL,
    -- The listed product.
    target TEXT NOT NULL,
    -- Why, in words.
    how TEXT NOT NULL,
    -- A version that is part of the name.
    version TEXT,
    PRIMARY KEY (organisation, import, folded)
);

-- How an import wrote the names of the organisation's own products: lists may write one name in several ways.
CREATE TABLE candidate_spelling (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    product TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (organisation, import, product)
);

-- What an import made a source forget of its rows, so that undoing the import brings it back.
CREATE TABLE import_row_before (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    product TEXT NOT NULL,
    occurrence BIGINT NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (organisation, import, name_folded, product, occurrence)
);
