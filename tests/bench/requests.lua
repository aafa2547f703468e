-- What a script does that counts new and reused connections: of each request, whether its
-- tcp.stream carried one before.
local stream_of = Field.new("tcp.stream")
local method_of = Field.new("http.request.method")
local tap = Listener.new("http")
local seen, new, reused = {}, 0, 0

function tap.packet()
    if method_of() then
        local stream = stream_of().value
        if seen[stream] then
            reused = reused + 1
        else
            seen[stream], new = true, new + 1
        end
    end
end

function tap.draw()
    print(new .. " new, " .. reused .. " reused")
end
