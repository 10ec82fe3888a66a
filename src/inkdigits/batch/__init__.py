"""Very many images: listed once, cut into shards, read by many processes, one file a shard.

The rooms, from the inputs to the answer:

```
sources     the files that the user's arguments name, here or in a store
inputs      what of them a batch is to read
manifest    all inputs in a fixed order, cut into shards; on disk, never whole in memory
rows        what a row is, and the three formats it is written in
contents    the bytes of a file, here or in a store
work        reading one shard: a plain function of its files
quarantine  the same for a shard that killed its worker: in child processes, by halves
shards      one committed file a shard: all that counts
state       what a result folder belongs to; the lock on it
engine      Dask: shards to workers, and what to do when one dies
run         a batch from beginning to end
report      what the committed shards hold; all of them as one file
```

It needs the extra [batch].
"""
