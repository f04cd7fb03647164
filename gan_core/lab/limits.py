"""How long the lab waits for whom; in seconds."""

SLICE_S = 0.010  # of one game, before the next one's turn or the next request
PAUSE_S = 0.002  # when all games are ahead of the speed their visitors chose
SLEEP_S = 15.0  # without a request, after which a game no longer trains
FORGET_S = 180.0  # without a request, after which it is gone; a hidden tab still asks once a minute
IDLE_S = 600.0  # without any game, after which an engine ends
MOST_GAMES = 64  # in one engine
