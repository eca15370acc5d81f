-- What a cold call waited for its code, and a call of an instance that stood still for its thaw; 0 in records of before.
alter table usage add column mount_us bigint not null default 0, add column thaw_us bigint not null default 0;
