-- What was merged is looked up at every change of a few systems, whose names it still finds.
CREATE INDEX statement_of_merging ON statement (organisation, subject) WHERE attribute = 'merged_into';
