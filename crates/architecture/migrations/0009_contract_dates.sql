-- The systems of a contract, for lists of contracts.
CREATE INDEX system_by_contract ON system (contract);
