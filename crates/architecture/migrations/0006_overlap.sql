-- Overlaps and likeness are reckoned over the systems of all estates at once. They are read from this index alone, in the
-- order in which "system_element" has them: a tenth of the bytes of the table.
CREATE INDEX system_in_few_columns ON system
    (organisation, id, visibility, status, product_organisation, product, supplier, annual_cost, contract);
