// Writes rows.jsonl as Parquet with two implementations of others. Run: npm install @duckdb/node-api@1.5.6-r.1 hyparquet-writer@0.17.0 && node write.mjs
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetWriteFile } from 'hyparquet-writer'

const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
const turns = "'STRUCT(content VARCHAR, role VARCHAR)[]'"
await duckdb.run(`COPY (SELECT * FROM read_json('rows.jsonl', columns = {prompt: 'VARCHAR', chosen: ${turns}, rejected: ${turns}, score_chosen: 'DOUBLE', score_rejected: 'DOUBLE'}))
  TO 'duckdb-zstd.parquet' (FORMAT parquet, COMPRESSION zstd)`)

const rows = readFileSync('rows.jsonl', 'utf8').trim().split('\n').map(line => JSON.parse(line))
const column = name => rows.map(row => row[name])
const text = name => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' })
const list = name => [
  { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
  text('content'), text('role'),
]
parquetWriteFile({
  filename: 'hyparquet-snappy.parquet', codec: 'SNAPPY', rowGroupSize: 3,
  schema: [{ name: 'root', num_children: 3 }, text('prompt'), ...list('chosen'), ...list('rejected')],
  columnData: ['prompt', 'chosen', 'rejected'].map(name => ({ name, data: column(name) })),
})
