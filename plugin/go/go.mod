module http-reuse.example/httpreuse

go 1.19
