-- Every word of four letters or more under which something was ever found, once, so that near spellings of a word can be
-- looked up. It holds private words too and is never shown: a word is offered only when something that the reader may see
-- is found under it. Words that nothing has any more stay until the index is made anew; they are offered to nobody.
CREATE TABLE search_vocabulary (
    word     TEXT   NOT NULL,
    -- In letters, so that only words of about the same length are looked at.
    letters  BIGINT NOT NULL,
    PRIMARY KEY (word)
);

CREATE INDEX search_vocabulary_by_letters ON search_vocabulary (letters, word);

INSERT INTO search_vocabulary (word, letters) SELECT DISTINCT word, LENGTH(word) FROM search_word WHERE LENGTH(word) >= 4;
