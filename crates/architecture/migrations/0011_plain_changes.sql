-- When something was last said of a system or contract that everybody who sees it sees. Without it, the day of the last
-- change would tell others that a cost, a note or a person's name was changed, which they do not see.
-- A projection, as the rest of both tables is; what follows reckons it once for what is there.
ALTER TABLE system ADD COLUMN plain_changed_at TEXT;
ALTER TABLE contract ADD COLUMN plain_changed_at TEXT;

UPDATE system SET plain_changed_at = (
    SELECT MAX(h.at) FROM statement AS s JOIN change AS h ON h.organisation = s.organisation AND h.number = s.change
    WHERE s.organisation = system.organisation AND s.subject = system.id
      AND s.value IS NOT NULL AND s.value NOT LIKE '{"private"%' AND s.value NOT LIKE '{"systems"%' AND s.value <> '{"elements":[]}'
      AND (s.value NOT LIKE '{"product"%' OR s.value LIKE '{"product":["",%')
      AND s.attribute NOT IN ('merged_into', 'annual_cost', 'notes', 'depends_on')
      AND (s.attribute NOT IN ('version', 'modules') OR COALESCE(system.product_organisation, '') = '')
      AND NOT EXISTS (
          SELECT 1 FROM statement AS later
          WHERE later.organisation = s.organisation AND later.subject = s.subject AND later.attribute = s.attribute
            AND (later.change > s.change OR (later.change = s.change AND later.position > s.position)))
);
UPDATE contract SET plain_changed_at = (
    SELECT MAX(h.at) FROM statement AS s JOIN change AS h ON h.organisation = s.organisation AND h.number = s.change
    WHERE s.organisation = contract.organisation AND s.subject = contract.id
      AND s.value IS NOT NULL AND s.value NOT LIKE '{"private"%' AND s.attribute <> 'contract_cost'
      AND NOT EXISTS (
          SELECT 1 FROM statement AS later
          WHERE later.organisation = s.organisation AND later.subject = s.subject AND later.attribute = s.attribute
            AND (later.change > s.change OR (later.change = s.change AND later.position > s.position)))
);
