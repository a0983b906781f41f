/* A guest of a few instructions for monitors and debuggers: counts in memory for ever. Both byte orders: the
 * machine enters it in big-endian mode. */
        .text
        .globl _start
_start:
#ifdef __LITTLE_ENDIAN__
        /* bcl 20,31,4; mflr r10; addi r10,r10,28; mfmsr r11; xori r11,r11,1; mtsrr0 r10; mtsrr1 r11; rfid */
        .byte 0x42,0x9f,0,5, 0x7d,0x48,2,0xa6, 0x39,0x4a,0,0x1c, 0x7d,0x60,0,0xa6
        .byte 0x69,0x6b,0,1, 0x7d,0x5a,3,0xa6, 0x7d,0x7b,3,0xa6, 0x4c,0,0,0x24
#endif
        mfmsr 3
        oris 3, 3, 0x280        /* VEC, VSX */
        ori 3, 3, 0x2000        /* FP */
        mtmsrd 3
        lis 4, counter@h
        ori 4, 4, counter@l
        vspltisw 1, 5
        lfd 1, 8(4)
        li 31, 0x77
again:  bl step
after:  b again
        .globl step
step:   ld 5, 0(4)
        addi 5, 5, 1
store:  std 5, 0(4)
        blr

        .data
        .balign 16
        .globl counter
counter: .quad 0
        .double 1.5
        .globl text
text:   .asciz "monitored"
