-- What the sandbox of a call sent over its network; 0 in records of before. Beside bytes_out, the answer's own bytes.
alter table usage add column network_bytes_out bigint not null default 0;
