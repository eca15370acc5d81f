-- What was built of a code package in a box of ours: `result_sha256` is a package, too; null: nothing came of it, and `note` says why.
create table builds (
  source_sha256 text not null,
  kind text not null,
  interpreter text not null,
  result_sha256 text,
  note text not null,
  made_at bigint not null,
  primary key (source_sha256, kind, interpreter)
);
