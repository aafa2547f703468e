module generate

go 1.19

require http-reuse.example/httpreuse v0.0.0

replace http-reuse.example/httpreuse => ../../plugin/go
