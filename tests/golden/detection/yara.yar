// Tocsin detection export
// Marking: TLP:GREEN
// Collection: everything
import "hash"

rule tocsin_072d2793_4874_54f4_9775_a235966aca43
{
    meta:
        description = "Example botnet"
        origin = "indicator indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f, confidence 80, valid_until 2026-12-31"
    condition:
        hash.md5(0, filesize) == "d41d8cd98f00b204e9800998ecf8427e"
}

rule tocsin_ede65493_c2a6_5590_9d62_f733f26dab8e
{
    meta:
        description = "Example botnet"
        origin = "indicator indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f, confidence 80, valid_until 2026-12-31"
    condition:
        hash.sha1(0, filesize) == "da39a3ee5e6b4b0d3255bfef95601890afd80709"
}

rule tocsin_595445a8_bb17_569e_9096_3cc41833c56a
{
    meta:
        description = "Example botnet"
        origin = "indicator indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f, confidence 80, valid_until 2026-12-31"
    condition:
        hash.sha256(0, filesize) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}
// Entries: 3; without a form in this format: 10
